"""What the client programs share: a command and its options come in, JSON lines go out.

    python PROGRAM COMMAND '{"option": ...}'

Each line is an object with the member "event". A line is written at once and whole, so that a program that is killed
leaves at most its last line torn.
"""

import json
import os
import signal
import sys
import threading
import traceback
from types import SimpleNamespace

#: Set when the program is told to end.
told_to_end = threading.Event()

_writing = threading.Lock()


def emit(event, **members):
    """Writes one line."""
    line = json.dumps({"event": event, **members}) + "\n"
    with _writing:
        sys.stdout.write(line)
        sys.stdout.flush()


def run(commands):
    """Runs the command that the arguments name."""
    signal.signal(signal.SIGTERM, lambda *_: told_to_end.set())
    if "MARTLET_PARENT_PIPE" in os.environ:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    name, options = sys.argv[1:]
    try:
        commands[name](SimpleNamespace(**json.loads(options)))
    except Exception:  # whatever it is, the test must be told
        emit("crashed", error=traceback.format_exc())
        sys.exit(1)
    emit("done")


def _end_with_parent():
    """Ends the program when standard input ends: the test is gone."""
    # Not by `sys.stdin`, whose lock would be held when the interpreter shuts down.
    while os.read(0, 1024):
        pass
    os._exit(1)


def key(index):
    """The key of a test's record."""
    return b"key-%d" % (index % 37)


def value(index):
    """The value of a test's record: says which it is, and can be compressed."""
    return b"record-%d %s" % (index, b"abcdefgh" * 8)


def headers(index):
    """The headers of a test's record: one twice, one that is empty, one that is no text."""
    return [("index", b"%d" % index), ("twice", b"1"), ("twice", b"2"), ("empty", b""), ("bytes", b"\x00\xff")]


def emit_record(partition, offset, timestamp, key, value, headers):
    """Writes what a consumer got."""
    emit(
        "record",
        partition=partition,
        offset=offset,
        timestamp=timestamp,
        key=None if key is None else key.decode(),
        value=None if value is None else value.decode(),
        headers=[[name, None if content is None else content.hex()] for name, content in headers or []],
    )


class Ownership:
    """The partitions that a group member has, and the highest offset it has committed of each."""

    def __init__(self):
        self.partitions = set()

    def replace(self, partitions):
        """These and no others."""
        self.partitions = set(partitions)
        self.tell()

    def add(self, partitions):
        """These too."""
        self.partitions |= set(partitions)
        self.tell()

    def remove(self, partitions):
        """These no longer."""
        self.partitions -= set(partitions)
        self.tell()

    def tell(self):
        """Writes what is owned."""
        emit("owned", partitions=sorted(self.partitions))
