"""What the tests do with aiokafka: a client on asyncio with a protocol layer of its own."""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError

from lines import Ownership, emit, emit_record, headers, key, run, told_to_end, value

ASSIGNORS = {"range": RangePartitionAssignor, "roundrobin": RoundRobinPartitionAssignor}


def synchronous(command):
    """A command to call without a loop."""
    return lambda options: asyncio.run(command(options))


async def topics(options):
    """Makes, lists, describes, grows and deletes a topic, rightly and wrongly."""
    admin = AIOKafkaAdminClient(bootstrap_servers=options.brokers)
    await admin.start()
    name = options.topic

    async def outcome(what, call):
        try:
            answer = (await call).to_object()
            (entry,) = answer.get("topic_errors") or answer.get("topic_error_codes")
            code = entry["error_code"]
        except KafkaError as error:
            code = error.errno
        emit("outcome", what=what, code=code)

    async def show():
        known = await admin.list_topics()
        emit("listed", topics=sorted(known))
        if name in known:
            (topic,) = await admin.describe_topics([name])
            emit("described", partitions=sorted(part["partition"] for part in topic["partitions"]))

    def create(name, count, **configs):
        return admin.create_topics([NewTopic(name, count, 1, topic_configs=configs)])

    await outcome("create", create(name, 3, **{"retention.ms": "123456789"}))
    await outcome("create again", create(name, 3))
    await outcome("create badly named", create("a bad name!", 1))
    await outcome("create empty", create(name + "-empty", 0))
    await outcome("create misconfigured", create(name + "-odd", 1, **{"retention.ms": "x"}))
    await show()
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    entries = [entry for answer in answers for resource in answer.resources for entry in resource[4]]
    emit("config", value=next(entry[1] for entry in entries if entry[0] == "retention.ms"))
    await outcome("grow", admin.create_partitions({name: NewPartitions(5)}))
    await outcome("shrink", admin.create_partitions({name: NewPartitions(2)}))
    await show()
    await outcome("delete", admin.delete_topics([name]))
    await outcome("delete again", admin.delete_topics([name]))
    await show()
    await admin.close()


async def produce(options):
    """Sends records `first` to `first + count`, `partition = index % partitions`, and tells of each report."""
    compression = None if options.compression == "none" else options.compression
    producer = AIOKafkaProducer(
        bootstrap_servers=options.brokers,
        acks="all",
        enable_idempotence=options.idempotent,
        compression_type=compression,
        linger_ms=2,
    )
    await producer.start()

    def reporter(index):
        def finished(future):
            error = future.exception()
            if error is not None:
                emit("failed", index=index, error=type(error).__name__)
                return
            report = future.result()
            emit("delivered", index=index, partition=report.partition, offset=report.offset)

        return finished

    for index in range(options.first, options.first + options.count):
        future = await producer.send(
            options.topic,
            key=key(index),
            value=value(index),
            headers=headers(index),
            partition=index % options.partitions,
            timestamp_ms=options.timestamp + index,
        )
        future.add_done_callback(reporter(index))
    await producer.flush()
    await producer.stop()


async def started_consumer(options, *topics, **settings):
    """A consumer that is connected."""
    consumer = AIOKafkaConsumer(
        *topics, bootstrap_servers=options.brokers, enable_auto_commit=False, **settings
    )
    await consumer.start()
    return consumer


async def consume(options):
    """Reads a topic from its beginning to its end."""
    consumer = await started_consumer(options, options.topic, auto_offset_reset="earliest")
    places = [TopicPartition(options.topic, number) for number in consumer.partitions_for_topic(options.topic)]
    ends = {place: end for place, end in (await consumer.end_offsets(places)).items() if end > 0}
    while ends:
        for place, records in (await consumer.getmany(timeout_ms=1000)).items():
            for record in records:
                emit_message(record)
                if record.offset + 1 >= ends.get(place, float("inf")):
                    del ends[place]
    await consumer.stop()


def emit_message(record):
    """Writes a message."""
    emit_record(record.partition, record.offset, record.timestamp, record.key, record.value, record.headers)


async def positions(options):
    """Watermarks, offsets by time, and seeking in partition 0."""
    place = TopicPartition(options.topic, 0)
    consumer = await started_consumer(options)
    consumer.assign([place])
    low, high = await consumer.beginning_offsets([place]), await consumer.end_offsets([place])
    emit("watermarks", low=low[place], high=high[place])
    for timestamp in options.timestamps:
        found = (await consumer.offsets_for_times({place: timestamp}))[place]
        emit("by_time", timestamp=timestamp, offset=None if found is None else found.offset)
    for offset in [0] + options.offsets:
        consumer.seek(place, offset)
        emit("sought", wanted=offset, offset=(await consumer.getone(place)).offset)
    await consumer.stop()


async def member(options):
    """A member of a group: reads, tells, commits, until it is told to end."""
    owned = Ownership()

    class Listener(ConsumerRebalanceListener):
        def on_partitions_assigned(self, assigned):
            owned.replace(place.partition for place in assigned)

        def on_partitions_revoked(self, revoked):
            owned.remove(place.partition for place in revoked)

    consumer = AIOKafkaConsumer(
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
    await consumer.start()
    while not told_to_end.is_set():
        ends = {}
        for place, records in (await consumer.getmany(timeout_ms=100, max_records=100)).items():
            for record in records:
                emit_message(record)
            ends[place] = records[-1].offset + 1
        if ends:
            await commit(consumer, ends)
    await consumer.stop()


async def commit(consumer, ends):
    """Commits, and tells what is committed; a rebalance may forbid it."""
    try:
        await consumer.commit(ends)
    except KafkaError as error:
        emit("commit_refused", error=type(error).__name__)
        return
    for place, offset in ends.items():
        emit("committed", partition=place.partition, offset=offset)


async def groups(options):
    """Lists and describes groups, and shows what one has committed."""
    admin = AIOKafkaAdminClient(bootstrap_servers=options.brokers)
    await admin.start()
    emit("groups", names=sorted(name for name, _ in await admin.list_consumer_groups()), errors=0)
    (answer,) = await admin.describe_consumer_groups([options.group])
    (description,) = answer.to_object()["groups"]
    emit(
        "group",
        state=description["state"].lower(),
        members=[{"client": member["client_id"], "partitions": []} for member in description["members"]],
    )
    offsets = await admin.list_consumer_group_offsets(options.group)
    for place in sorted(offsets):
        emit("offset", partition=place.partition, offset=offsets[place].offset)
    await admin.close()


if __name__ == "__main__":
    run(
        {
            "topics": synchronous(topics),
            "produce": synchronous(produce),
            "consume": synchronous(consume),
            "positions": synchronous(positions),
            "member": synchronous(member),
            "groups": synchronous(groups),
        }
    )
