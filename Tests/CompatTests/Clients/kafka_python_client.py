"""What the tests do with kafka-python: the protocol written anew in Python, from Apache's own message schemas."""

from kafka import (
    ConsumerRebalanceListener,
    KafkaAdminClient,
    KafkaConsumer,
    KafkaProducer,
    TopicPartition,
    errors,
)
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from lines import Ownership, emit, emit_record, headers, key, run, told_to_end, value

ASSIGNORS = {"range": RangePartitionAssignor, "roundrobin": RoundRobinPartitionAssignor}


def outcome(what, call):
    """Calls, and tells the error code."""
    try:
        call()
        code = 0
    except KafkaError as error:
        code = error.errno
    emit("outcome", what=what, code=code)


def topics(options):
    """Makes, lists, describes, grows and deletes a topic, rightly and wrongly."""
    admin = KafkaAdminClient(bootstrap_servers=options.brokers)
    name = options.topic

    def show():
        known = admin.list_topics()
        emit("listed", topics=sorted(known))
        if name in known:
            (topic,) = admin.describe_topics([name])
            emit("described", partitions=sorted(part["partition_index"] for part in topic["partitions"]))

    def create(name, count, **configs):
        return lambda: admin.create_topics(
            {name: {"num_partitions": count, "replication_factor": 1, "configs": configs}}
        )

    outcome("create", create(name, 3, **{"retention.ms": "123456789"}))
    outcome("create again", create(name, 3))
    outcome("create badly named", create("a bad name!", 1))
    outcome("create empty", create(name + "-empty", 0))
    outcome("create misconfigured", create(name + "-odd", 1, **{"retention.ms": "x"}))
    show()
    configs = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    emit("config", value=find(configs, "retention.ms"))
    outcome("grow", lambda: admin.create_partitions({name: 5}))
    outcome("shrink", lambda: admin.create_partitions({name: 2}))
    show()
    outcome("delete", lambda: admin.delete_topics([name]))
    outcome("delete again", lambda: admin.delete_topics([name]))
    show()
    admin.close()


def find(configs, name):
    """A setting's value, wherever it stands in the answer."""
    if isinstance(configs, dict):
        if name in configs:
            found = configs[name]
            return found["value"] if isinstance(found, dict) else found
        configs = list(configs.values())
    if isinstance(configs, list):
        return next((found for entry in configs if (found := find(entry, name)) is not None), None)
    return None


def produce(options):
    """Sends records `first` to `first + count`, `partition = index % partitions`, and tells of each report."""
    compression = None if options.compression == "none" else options.compression
    producer = KafkaProducer(
        bootstrap_servers=options.brokers,
        acks="all",
        enable_idempotence=options.idempotent,
        compression_type=compression,
        linger_ms=2,
    )

    def reporter(index):
        def delivered(report):
            emit("delivered", index=index, partition=report.partition, offset=report.offset)

        return delivered

    def refuser(index):
        def failed(error):
            emit("failed", index=index, error=type(error).__name__)

        return failed

    for index in range(options.first, options.first + options.count):
        future = producer.send(
            options.topic,
            key=key(index),
            value=value(index),
            headers=headers(index),
            partition=index % options.partitions,
            timestamp_ms=options.timestamp + index,
        )
        future.add_callback(reporter(index)).add_errback(refuser(index))
    producer.flush()
    producer.close()


def consume(options):
    """Reads a topic from its beginning to its end."""
    consumer = KafkaConsumer(bootstrap_servers=options.brokers, enable_auto_commit=False)
    places = [TopicPartition(options.topic, number) for number in consumer.partitions_for_topic(options.topic)]
    ends = {place: end for place, end in consumer.end_offsets(places).items() if end > 0}
    consumer.assign(places)
    consumer.seek_to_beginning()
    while ends:
        for place, records in consumer.poll(timeout_ms=1000).items():
            for record in records:
                emit_message(record)
                if record.offset + 1 >= ends.get(place, float("inf")):
                    del ends[place]
    consumer.close()


def emit_message(record):
    """Writes a message."""
    emit_record(record.partition, record.offset, record.timestamp, record.key, record.value, record.headers)


def next_record(consumer):
    """The next record."""
    while True:
        for records in consumer.poll(timeout_ms=1000, max_records=1).values():
            return records[0]


def positions(options):
    """Watermarks, offsets by time, and seeking in partition 0."""
    place = TopicPartition(options.topic, 0)
    consumer = KafkaConsumer(bootstrap_servers=options.brokers, enable_auto_commit=False)
    consumer.assign([place])
    emit("watermarks", low=consumer.beginning_offsets([place])[place], high=consumer.end_offsets([place])[place])
    for timestamp in options.timestamps:
        found = consumer.offsets_for_times({place: timestamp})[place]
        emit("by_time", timestamp=timestamp, offset=None if found is None else found.offset)
    for offset in [0] + options.offsets:
        consumer.seek(place, offset)
        emit("sought", wanted=offset, offset=next_record(consumer).offset)
    consumer.close()


def member(options):
    """A member of a group: reads, tells, commits, until it is told to end."""
    owned = Ownership()

    class Listener(ConsumerRebalanceListener):
        def on_partitions_assigned(self, assigned):
            owned.replace(place.partition for place in assigned)

        def on_partitions_revoked(self, revoked):
            owned.remove(place.partition for place in revoked)

    consumer = KafkaConsumer(
        bootstrap_servers=options.brokers,
        group_id=options.group,
        client_id=options.name,
        session_timeout_ms=options.session_ms,
        heartbeat_interval_ms=300,
        partition_assignment_strategy=[ASSIGNORS[options.assignor]],
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    consumer.subscribe([options.topic], listener=Listener())
    # So that the topic's metadata is there before the first assignment is made. Where it comes after it, kafka-python
    # joins again, and where that takes longer than a poll, it forgets the answer: 3.0.12's `need_rejoin` compares with
    # the snapshot that the assignment under way has already replaced. The member then waits, in peace, for nothing.
    consumer.partitions_for_topic(options.topic)
    while not told_to_end.is_set():
        ends = {}
        for place, records in poll(consumer).items():
            for record in records:
                emit_message(record)
            ends[place] = records[-1].offset + 1
        if ends:
            commit(consumer, ends)
    consumer.close()


def poll(consumer):
    """What has come; nothing while the broker is away, of which kafka-python tells the caller where others wait."""
    try:
        return consumer.poll(timeout_ms=100)
    except errors.RetriableError as error:
        emit("poll_failed", error=type(error).__name__)
        told_to_end.wait(0.1)
        return {}


def commit(consumer, ends):
    """Commits, and tells what is committed; a rebalance may forbid it."""
    try:
        consumer.commit({place: OffsetAndMetadata(offset, "", -1) for place, offset in ends.items()})
    except KafkaError as error:
        emit("commit_refused", error=type(error).__name__)
        return
    for place, offset in ends.items():
        emit("committed", partition=place.partition, offset=offset)


def groups(options):
    """Lists and describes groups, and shows what one has committed."""
    admin = KafkaAdminClient(bootstrap_servers=options.brokers)
    emit("groups", names=sorted(group["group_id"] for group in admin.list_groups()), errors=0)
    description = admin.describe_groups([options.group])[options.group]
    emit(
        "group",
        state=description["group_state"].lower(),
        members=[
            {
                "client": member["client_id"],
                "partitions": sorted(
                    number
                    for topic in member["member_assignment"]["assigned_partitions"]
                    for number in topic["partitions"]
                ),
            }
            for member in description["members"]
        ],
    )
    offsets = admin.list_group_offsets({options.group: None})[options.group]
    for place in sorted(offsets):
        emit("offset", partition=place.partition, offset=offsets[place].offset)
    admin.close()


def delete_group(options):
    """Deletes a group."""
    admin = KafkaAdminClient(bootstrap_servers=options.brokers)
    answer = admin.delete_groups([options.group])[options.group]
    emit("outcome", what="delete", code=0 if answer == "OK" else getattr(errors, answer).errno)
    admin.close()


if __name__ == "__main__":
    run(
        {
            "topics": topics,
            "produce": produce,
            "consume": consume,
            "positions": positions,
            "member": member,
            "groups": groups,
            "delete_group": delete_group,
        }
    )
