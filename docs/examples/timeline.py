#!/usr/bin/python3
"""A consumer of one's own: reads `timeline` from its beginning and prints a line of JSON for each event, then goes on with what comes.

    sudo apt-get install protobuf-compiler python3-protobuf python3-confluent-kafka
    mkdir -p data/python
    protoc --proto_path=topics --python_out=data/python topics/{actions,common,timeline}.proto
    PYTHONPATH=data/python /usr/bin/python3 docs/examples/timeline.py 127.0.0.1:9092 my-first-consumer

A group that the log has not seen before starts at the beginning; run again under the same name it goes on where it was. Ctrl-C ends it.
"""

import json
import sys

from confluent_kafka import Consumer, KafkaException
from timeline_pb2 import TimelineEvent

DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def shown(identifier):
    """An identifier as Martlet shows it: 16 bytes in 26 characters of Crockford's base32."""
    number = int.from_bytes(identifier, "big")
    return "".join(DIGITS[number >> 5 * place & 31] for place in reversed(range(26)))


def described(event):
    """What happened; a content or an action that is newer than the generated code has no name."""
    line = {
        "conversation_id": shown(event.conversation_id),
        "seq": event.seq,
        "sender": shown(event.sender),
        "server_timestamp": event.server_time_ms,
    }
    if event.WhichOneof("event") == "action":
        line["action"] = event.action.WhichOneof("action")
    else:
        content = event.message_posted.content
        line["content"] = content.WhichOneof("content")
        if line["content"] == "text":
            line["text"] = content.text.text
    return line


def main(brokers, group):
    consumer = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe(["timeline"])
    # An event can be in the log twice, when the router died behind writing it: the same event under the same seq. A consumer that keeps something keeps
    # this with it, and its offsets too, all in one transaction, and seeks to those offsets when it is assigned a partition.
    last_seq = {}
    try:
        while True:
            messages = consumer.consume(500, timeout=1.0)
            for message in messages:
                if message.error():
                    raise KafkaException(message.error())
                event = TimelineEvent.FromString(message.value())
                if event.seq > last_seq.get(event.conversation_id, 0):
                    last_seq[event.conversation_id] = event.seq
                    print(json.dumps(described(event)))
            sys.stdout.flush()
            # Effects before positions: what was printed is printed again after a crash, and nothing is left out.
            if messages:
                consumer.commit(asynchronous=False)
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: timeline.py BROKERS GROUP")
    main(sys.argv[1], sys.argv[2])
