"""Messages as Apache's schemas say they are, with random content: kafka-python carries the schemas and encodes by them.

For every kind of request that the broker announces, in every version that it announces, requests and answers are written
out. Each comes twice: plainly, and with the tagged fields that this version may have, which a reader must skip.
"""

import random
import uuid

import kafka.protocol.admin
import kafka.protocol.consumer
import kafka.protocol.metadata
import kafka.protocol.producer
from kafka import KafkaAdminClient
from kafka.protocol.api_message import ApiMessage

from lines import emit, run

WORDS = ["", "a", "orders", "a longer name that needs two bytes " * 4, "Straße", "日本語", "🦆"]
BITS = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}


def number(chance, bits):
    """A signed number: often one at an edge."""
    highest = 2 ** (bits - 1) - 1
    return chance.choice([0, 1, -1, highest, -highest - 1, chance.randint(-highest, highest)])


def simple(chance, kind):
    """A value of a plain type."""
    if kind in BITS:
        return number(chance, BITS[kind])
    if kind == "uint16":
        return chance.randrange(2**16)
    if kind == "bool":
        return chance.random() < 0.5
    if kind == "string":
        return chance.choice(WORDS)
    if kind in ("bytes", "records"):
        return chance.randbytes(chance.choice([0, 1, 7, 200]))
    if kind == "bitfield":
        return set(chance.sample(range(32), 3))
    if kind == "uuid":
        return uuid.UUID(bytes=chance.randbytes(16))
    if kind == "float64":
        return chance.random()
    raise ValueError(kind)


class Filler:
    """Fills messages of one version with random values; the same seed gives the same values."""

    def __init__(self, seed, version, with_tags):
        self.chance = random.Random(seed)
        self.tags = random.Random(seed + 1)
        self.version = version
        self.with_tags = with_tags

    def message(self, message):
        """A message with values for all fields that this version has."""
        return message(**self.members(message, self.chance), version=self.version)

    def members(self, container, chance):
        """Values for all fields of a structure; tagged ones draw from a source of their own and so disturb no others."""
        values = {}
        for field in container._struct.fields.values():
            if not field.for_version_q(self.version):
                continue
            if field.tagged_field_q(self.version):
                if self.with_tags:
                    values[field.name] = self.value(field, self.tags)
            elif field.tag is None:
                values[field.name] = self.value(field, chance)
        return values

    def value(self, field, chance):
        """A value for a field."""
        if field.nullable_for_version_q(self.version) and chance.random() < 0.25:
            return None
        if field.is_struct_array():
            return [self.structure(field, chance) for _ in range(chance.choice([0, 1, 1, 2, 3]))]
        if field.is_struct():
            return self.structure(field, chance)
        if field.is_array():
            return [simple(chance, field.array_of.type_str) for _ in range(chance.choice([0, 1, 3]))]
        return simple(chance, field.type_str)

    def structure(self, field, chance):
        """A structure."""
        return field.data_class(version=self.version, **self.members(field.data_class, chance))


def encoded(message, seed, version, with_tags):
    """A message's bytes, in hexadecimal digits."""
    return Filler(seed, version, with_tags).message(message).encode().hex()


def samples(options):
    """Writes samples of all that the broker at `brokers` announces, `count` of each."""
    admin = KafkaAdminClient(bootstrap_servers=options.brokers)
    announced = admin.api_versions()
    admin.close()
    messages = {}
    for message in ApiMessage.__subclasses__():
        if message._class_version is not None:
            continue
        messages.setdefault(message.API_KEY, {})[message.type] = message
    for key, (first, last) in sorted(announced.items()):
        emit("announced", api=int(key), first=first, last=last)
        for version in range(first, last + 1):
            for kind in ("request", "response"):
                for seed in range(options.seed, options.seed + options.count):
                    emit(
                        "sample",
                        api=int(key),
                        version=version,
                        kind=kind,
                        plain=encoded(messages[int(key)][kind], seed, version, False),
                        tagged=encoded(messages[int(key)][kind], seed, version, True),
                    )


if __name__ == "__main__":
    run({"samples": samples})
