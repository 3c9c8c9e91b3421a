"""What the tests do with confluent-kafka: librdkafka of today."""

import json

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic, OffsetSpec

from lines import Ownership, emit, emit_record, headers, key, run, told_to_end, value


def result(futures):
    """The result of an admin call about one thing, and its error code."""
    (future,) = futures.values() if isinstance(futures, dict) else [futures]
    try:
        return future.result(timeout=60), 0
    except KafkaException as error:
        return None, error.args[0].code()


def create(options):
    """Makes topics."""
    admin = AdminClient({"bootstrap.servers": options.brokers})
    new = [NewTopic(topic["name"], topic["partitions"], 1) for topic in options.topics]
    for future in admin.create_topics(new).values():
        future.result(timeout=60)


def topics(options):
    """Makes, lists, describes, grows and deletes a topic, rightly and wrongly."""
    admin = AdminClient({"bootstrap.servers": options.brokers})
    name = options.topic

    def outcome(what, futures):
        emit("outcome", what=what, code=result(futures)[1])

    def show():
        known = admin.list_topics(timeout=60).topics
        emit("listed", topics=sorted(known))
        if name in known:
            emit("described", partitions=sorted(known[name].partitions))

    new = NewTopic(name, num_partitions=3, replication_factor=1, config={"retention.ms": "123456789"})
    outcome("create", admin.create_topics([new]))
    outcome("create again", admin.create_topics([new]))
    outcome("create badly named", admin.create_topics([NewTopic("a bad name!", 1, 1)]))
    outcome("create empty", admin.create_topics([NewTopic(name + "-empty", 0, 1)]))
    outcome("create misconfigured", admin.create_topics([NewTopic(name + "-odd", 1, 1, config={"retention.ms": "x"})]))
    show()
    configs, _ = result(admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, name)]))
    emit("config", value=configs["retention.ms"].value)
    outcome("grow", admin.create_partitions([NewPartitions(name, 5)]))
    outcome("shrink", admin.create_partitions([NewPartitions(name, 2)]))
    show()
    outcome("delete", admin.delete_topics([name]))
    outcome("delete again", admin.delete_topics([name]))
    show()


def produce(options):
    """Sends records `first` to `first + count`, `partition = index % partitions`, and tells of each report."""
    settings = {
        "bootstrap.servers": options.brokers,
        "acks": "all",
        "enable.idempotence": options.idempotent,
        "compression.type": options.compression,
        "linger.ms": 2,
    }
    settings.update(getattr(options, "settings", {}))
    producer = Producer(settings)

    def reporter(index):
        def report(error, message):
            if error is not None:
                emit("failed", index=index, error=error.name())
            else:
                emit("delivered", index=index, partition=message.partition(), offset=message.offset())

        return report

    for index in range(options.first, options.first + options.count):
        while True:
            try:
                producer.produce(
                    options.topic,
                    key=key(index),
                    value=value(index),
                    headers=headers(index),
                    partition=index % options.partitions,
                    timestamp=options.timestamp + index,
                    on_delivery=reporter(index),
                )
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    emit("sent", left=producer.flush(120))


def consume(options):
    """Reads a topic from its beginning to its end."""
    consumer = Consumer({"bootstrap.servers": options.brokers, "group.id": "unused", "enable.auto.commit": False})
    known = consumer.list_topics(options.topic, timeout=60).topics[options.topic].partitions
    ends = {}
    for partition in known:
        low, high = consumer.get_watermark_offsets(TopicPartition(options.topic, partition), timeout=60)
        if high > low:
            ends[partition] = high
    consumer.assign([TopicPartition(options.topic, partition, OFFSET_BEGINNING) for partition in ends])
    while ends:
        message = next_message(consumer)
        emit_message(message)
        if message.offset() + 1 >= ends.get(message.partition(), float("inf")):
            del ends[message.partition()]
    consumer.close()


def next_message(consumer):
    """The next message; an error ends the program."""
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        return message


def emit_message(message):
    """Writes a message."""
    emit_record(
        message.partition(),
        message.offset(),
        message.timestamp()[1],
        message.key(),
        message.value(),
        message.headers(),
    )


def positions(options):
    """Watermarks, offsets by time, and seeking in partition 0."""
    place = TopicPartition(options.topic, 0)
    consumer = Consumer({"bootstrap.servers": options.brokers, "group.id": "unused", "enable.auto.commit": False})
    low, high = consumer.get_watermark_offsets(place, timeout=60)
    emit("watermarks", low=low, high=high)
    for timestamp in options.timestamps:
        (found,) = consumer.offsets_for_times([TopicPartition(options.topic, 0, timestamp)], timeout=60)
        emit("by_time", timestamp=timestamp, offset=None if found.offset < 0 else found.offset)
    admin = AdminClient({"bootstrap.servers": options.brokers})
    latest, _ = result(admin.list_offsets({place: OffsetSpec.latest()}))
    newest, _ = result(admin.list_offsets({place: OffsetSpec.max_timestamp()}))
    timed, _ = result(admin.list_offsets({place: OffsetSpec.for_timestamp(options.timestamps[2])}))
    emit("admin_offsets", latest=latest.offset, newest=newest.offset, timed=timed.offset)
    consumer.assign([TopicPartition(options.topic, 0, OFFSET_BEGINNING)])
    emit("sought", wanted=0, offset=next_message(consumer).offset())
    for offset in options.offsets:
        consumer.seek(TopicPartition(options.topic, 0, offset))
        emit("sought", wanted=offset, offset=next_message(consumer).offset())
    consumer.close()


def member(options):
    """A member of a group: reads, tells, commits, until it is told to end."""
    consumer = Consumer(
        {
            "bootstrap.servers": options.brokers,
            "group.id": options.group,
            "client.id": options.name,
            "session.timeout.ms": options.session_ms,
            "heartbeat.interval.ms": 300,
            "partition.assignment.strategy": options.assignor,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    owned = Ownership()
    is_cooperative = options.assignor == "cooperative-sticky"

    def numbers(places):
        return [place.partition for place in places]

    def assigned(_, places):
        (owned.add if is_cooperative else owned.replace)(numbers(places))

    def revoked(_, places):
        owned.remove(numbers(places))

    consumer.subscribe([options.topic], on_assign=assigned, on_revoke=revoked, on_lost=revoked)
    while not told_to_end.is_set():
        ends = {}
        for message in consumer.consume(num_messages=100, timeout=0.1):
            if message.error():
                raise KafkaException(message.error())
            emit_message(message)
            ends[message.partition()] = message.offset() + 1
        if ends:
            commit(consumer, options.topic, ends)
    consumer.close()


def commit(consumer, topic, ends):
    """Commits, and tells what is committed; a rebalance may forbid it."""
    offsets = [TopicPartition(topic, partition, offset) for partition, offset in ends.items()]
    try:
        consumer.commit(offsets=offsets, asynchronous=False)
    except KafkaException as error:
        emit("commit_refused", error=error.args[0].name())
        return
    for partition, offset in ends.items():
        emit("committed", partition=partition, offset=offset)


def groups(options):
    """Lists and describes groups, and shows what one has committed."""
    admin = AdminClient({"bootstrap.servers": options.brokers})
    listed = admin.list_consumer_groups().result(timeout=60)
    emit("groups", names=sorted(group.group_id for group in listed.valid), errors=len(listed.errors))
    description, _ = result(admin.describe_consumer_groups([options.group]))
    emit(
        "group",
        state=description.state.name.lower(),
        members=[
            {
                "client": member.client_id,
                "partitions": sorted(place.partition for place in member.assignment.topic_partitions),
            }
            for member in description.members
        ],
    )
    emit_offsets(admin, options.group)


def emit_offsets(admin, group):
    """Writes what a group has committed."""
    offsets, _ = result(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]))
    for place in sorted(offsets.topic_partitions, key=lambda place: place.partition):
        emit("offset", partition=place.partition, offset=place.offset)


def delete_group(options):
    """Deletes a group."""
    admin = AdminClient({"bootstrap.servers": options.brokers})
    _, code = result(admin.delete_consumer_groups([options.group]))
    emit("outcome", what="delete", code=code)


def long_polls(options):
    """Sends records one by one, each only when the one before has come, while another consumer waits for nothing.

    Tells how many Fetch requests the consumer of the quiet topic has sent meanwhile: with long polls that end when
    there is something to read, and only then, the quiet one waits on while the others come and go.
    """
    fetches = {}

    def consumer(name, topic):
        def statistics(text):
            brokers = json.loads(text)["brokers"].values()
            fetches[name] = sum(broker["req"].get("Fetch", 0) for broker in brokers)

        reader = Consumer(
            {
                "bootstrap.servers": options.brokers,
                "group.id": "unused",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": options.wait_ms,
                "statistics.interval.ms": 50,
                "stats_cb": statistics,
            }
        )
        reader.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
        return reader

    busy, quiet = consumer("busy", options.busy), consumer("quiet", options.quiet)
    producer = Producer({"bootstrap.servers": options.brokers, "acks": "all", "linger.ms": 0})

    def wait_for_fetches(name, reader, count):
        while fetches.get(name, 0) < count:
            assert reader.poll(0.05) is None

    wait_for_fetches("busy", busy, 1)
    wait_for_fetches("quiet", quiet, 1)
    before = dict(fetches)
    for index in range(options.count):
        producer.produce(options.busy, value(index), partition=0)
        producer.flush()
        emit("sent", index=index)
        emit("came", index=next_message(busy).offset())
    # What is counted is told with a delay.
    wait_for_fetches("busy", busy, before["busy"] + options.count)
    fetches.pop("quiet")
    wait_for_fetches("quiet", quiet, 1)
    emit("fetches", busy=fetches["busy"] - before["busy"], quiet=fetches["quiet"] - before["quiet"])
    busy.close()
    quiet.close()


if __name__ == "__main__":
    run(
        {
            "create": create,
            "topics": topics,
            "produce": produce,
            "consume": consume,
            "positions": positions,
            "member": member,
            "groups": groups,
            "delete_group": delete_group,
            "long_polls": long_polls,
        }
    )
