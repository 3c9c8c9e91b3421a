import CRdKafka
import Dispatch
import Events
import Logging
import Synchronization
import Testing

@testable import EventLog

/// Remembers what it was given.
final class RecordingHandler: GroupConsumerHandler, Sendable {
    struct State {
        var records: [LogRecord] = []
        var owned: Set<TopicPartition> = []
        var assignments = 0
        var revocations = 0
        var losses = 0
        var reachability: [Bool] = []
        var emptyBatches = 0
    }

    struct Refused: Error {}

    private let state = Mutex(State())
    private let starts: [TopicPartition: StartPosition]
    private let refuses: Bool
    private let onBatch: @Sendable ([LogRecord]) throws -> Void

    init(
        starts: [TopicPartition: StartPosition] = [:],
        refuses: Bool = false,
        onBatch: @escaping @Sendable ([LogRecord]) throws -> Void = { _ in }
    ) {
        self.starts = starts
        self.refuses = refuses
        self.onBatch = onBatch
    }

    var seen: State { state.withLock { $0 } }
    var numbers: [Int] { seen.records.compactMap(number) }

    func assigned(_ partitions: [TopicPartition]) throws -> [TopicPartition: StartPosition] {
        if refuses { throw Refused() }
        state.withLock { state in
            state.assignments += 1
            state.owned.formUnion(partitions)
        }
        return starts
    }

    func revoked(_ partitions: [TopicPartition], lost: Bool) {
        state.withLock { state in
            state.revocations += 1
            if lost { state.losses += 1 }
            state.owned.subtract(partitions)
        }
    }

    func process(_ batch: [LogRecord]) throws -> [TopicPartition: Offset] {
        try onBatch(batch)
        var offsets: [TopicPartition: Offset] = [:]
        for record in batch { offsets[record.topicPartition] = record.offset.next }
        state.withLock { state in
            state.records += batch
            if batch.isEmpty { state.emptyBatches += 1 }
        }
        return offsets
    }

    func reachabilityChanged(_ isReachable: Bool) {
        state.withLock { $0.reachability.append(isReachable) }
    }
}

/// A running group member.
struct Member {
    let consumer: GroupConsumer
    let handler: RecordingHandler
    let task: Task<Void, any Error>

    init(
        _ cluster: MockCluster,
        _ handler: RecordingHandler,
        topics: [Topic] = [.submissions],
        group: String = "group",
        adjust: (inout GroupConsumer.Options) -> Void = { _ in }
    ) {
        var options = GroupConsumer.Options(group: group, topics: topics)
        options.pollInterval = .milliseconds(20)
        options.sessionTimeout = .seconds(6)
        adjust(&options)
        let consumer = GroupConsumer(cluster.configuration(), options: options, logger: quiet)
        self.consumer = consumer
        self.handler = handler
        task = Task { try await consumer.run(handler) }
    }

    func stop() async throws {
        consumer.stop()
        try await task.value
    }
}

@Suite(.serialized, .timeLimit(.minutes(2)))
struct GroupConsumerTests {
    private func fill(_ cluster: MockCluster, _ records: [OutgoingRecord]) async throws {
        let producer = try EventProducer(cluster.configuration(), logger: quiet)
        try await LogReader.onThread { try producer.appendAndWait(records) }
        producer.close()
    }

    @Test func everyRecordComesInOrderPerPartition() async throws {
        let cluster = try MockCluster()
        try await fill(cluster, numbered(0..<3000))
        let member = Member(cluster, RecordingHandler())
        try await eventually("all were read") { member.handler.seen.records.count == 3000 }
        try await member.stop()
        let byPartition = Dictionary(grouping: member.handler.seen.records, by: \.topicPartition)
        #expect(byPartition.count == 4)
        for records in byPartition.values {
            #expect(records.map(\.offset.number) == Array(0..<Int64(records.count)))
        }
        #expect(member.handler.seen.owned.isEmpty)
        #expect(member.handler.seen.revocations == 1)
    }

    @Test func readingStartsAtThePositionsThatTheHandlerNames() async throws {
        let cluster = try MockCluster(partitions: 3)
        let records = (0..<3).flatMap { partition in
            (0..<10).map { number in
                OutgoingRecord(
                    topic: .submissions,
                    partition: Partition(Int32(partition)),
                    key: [1],
                    value: Array("\(partition * 10 + number)".utf8)
                )
            }
        }
        try await fill(cluster, records)
        let handler = RecordingHandler(starts: [
            TopicPartition(.submissions, Partition(0)): .offset(Offset(7)),
            TopicPartition(.submissions, Partition(1)): .end,
        ])
        let member = Member(cluster, handler)
        try await eventually("what was asked for was read") { handler.numbers.count >= 13 }
        // The library asks where the end is when it gets to it, so what comes first may still be before it.
        var next = 100
        while !handler.numbers.contains(where: { $0 >= 100 }) {
            let record = OutgoingRecord(
                topic: .submissions,
                partition: Partition(1),
                key: [1],
                value: Array("\(next)".utf8)
            )
            try await fill(cluster, [record])
            next += 1
            try await Task.sleep(for: .milliseconds(100))
        }
        try await member.stop()
        let old = handler.numbers.filter { $0 < 100 }
        #expect(Set(old) == Set(7...9).union(20...29))
        #expect(old.count == 13)
        let new = handler.numbers.filter { $0 >= 100 }
        let first = try #require(new.first)
        #expect(new == Array(first..<(first + new.count)), "from the end on, without a gap")
    }

    @Test func anOffsetThatDoesNotExistContinuesAtTheOldest() async throws {
        let cluster = try MockCluster(partitions: 1)
        try await fill(cluster, numbered(0..<5))
        let partition = TopicPartition(.submissions, Partition(0))
        let handler = RecordingHandler(starts: [partition: .offset(Offset(1000))])
        let member = Member(cluster, handler)
        try await eventually("the oldest came") { handler.numbers.count == 5 }
        try await member.stop()
    }

    @Test func twoMembersShareThePartitionsAndOneTakesOver() async throws {
        let cluster = try MockCluster(topics: [.submissions, .timeline])
        let first = Member(cluster, RecordingHandler(), topics: [.submissions, .timeline])
        try await eventually("the first has all") { first.handler.seen.owned.count == 8 }
        let second = Member(cluster, RecordingHandler(), topics: [.submissions, .timeline])
        try await eventually("they share") {
            first.handler.seen.owned.count == 4 && second.handler.seen.owned.count == 4
        }
        // Range assignment: the same numbers of both topics.
        let numbers = Set(second.handler.seen.owned.map(\.partition))
        #expect(numbers.count == 2)
        #expect(first.handler.seen.owned.isDisjoint(with: second.handler.seen.owned))
        try await second.stop()
        try await eventually("the first has all again") { first.handler.seen.owned.count == 8 }
        try await first.stop()
    }

    @Test func aTopicThatIsNotThereYetIsWaitedFor() async throws {
        let cluster = try MockCluster(topics: [.timeline])
        let member = Member(cluster, RecordingHandler(), topics: [.submissions])
        try await eventually("the member runs") { member.handler.seen.emptyBatches > 3 }
        cluster.create(.submissions, partitions: 4)
        try await fill(cluster, numbered(0..<10))
        try await eventually("its records come") { member.handler.numbers.count == 10 }
        try await member.stop()
    }

    @Test func aBrokerThatWasAwayIsWaitedForAndReadingGoesOn() async throws {
        let cluster = try MockCluster()
        try await fill(cluster, numbered(0..<10))
        let handler = RecordingHandler()
        let member = Member(cluster, handler)
        try await eventually("the first came") { Set(handler.numbers).count == 10 }
        cluster.setDown()
        try await eventually("the loss is told") { handler.seen.reachability.last == false }
        cluster.setUp()
        try await eventually("the return is told") { handler.seen.reachability.last == true }
        try await fill(cluster, numbered(10..<20))
        try await eventually("the rest came") { Set(handler.numbers).count == 20 }
        try await member.stop()
    }

    @Test func errorsOfFetchesLoseNothing() async throws {
        let cluster = try MockCluster(partitions: 1)
        cluster.fail(
            apiKey: 1,
            with: [
                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR__TRANSPORT,
                RD_KAFKA_RESP_ERR_UNKNOWN, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
            ]
        )
        try await fill(cluster, numbered(0..<100))
        let member = Member(cluster, RecordingHandler())
        try await eventually("all came") { member.handler.numbers.count == 100 }
        try await member.stop()
        #expect(member.handler.numbers == Array(0..<100))
    }

    @Test func whatTheHandlerThrowsEndsTheRun() async throws {
        let cluster = try MockCluster()
        try await fill(cluster, numbered(0..<10))
        let handler = RecordingHandler { batch in
            if !batch.isEmpty { throw RecordingHandler.Refused() }
        }
        let member = Member(cluster, handler)
        await #expect(throws: RecordingHandler.Refused.self) { try await member.task.value }
        #expect(handler.seen.owned.isEmpty)
        #expect(handler.seen.revocations == 1)
        let refusing = Member(cluster, RecordingHandler(refuses: true))
        await #expect(throws: RecordingHandler.Refused.self) { try await refusing.task.value }
        #expect(refusing.handler.seen.revocations == 0)
    }

    @Test func stoppingWaitsForTheBatchInHand() async throws {
        let cluster = try MockCluster()
        try await fill(cluster, numbered(0..<10))
        let entered = DispatchSemaphore(value: 0)
        let release = DispatchSemaphore(value: 0)
        let handler = RecordingHandler { batch in
            guard !batch.isEmpty else { return }
            entered.signal()
            release.wait()
        }
        let member = Member(cluster, handler)
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                entered.wait()
                continuation.resume()
            }
        }
        member.task.cancel()
        #expect(handler.seen.owned.count == 4)
        for _ in 0..<10 { release.signal() }
        try await member.task.value
        #expect(handler.seen.owned.isEmpty)
        #expect(!handler.numbers.isEmpty)
    }

    @Test func aMemberStoppedBeforeItRunsReturnsAtOnce() async throws {
        let cluster = try MockCluster()
        let consumer = GroupConsumer(
            cluster.configuration(),
            options: .init(group: "g", topics: [.timeline]),
            logger: quiet
        )
        consumer.stop()
        try await consumer.run(RecordingHandler())
    }

    @Test func batchesKeepTheirBounds() async throws {
        let cluster = try MockCluster()
        try await fill(cluster, numbered(0..<500))
        let largest = Mutex(0)
        let handler = RecordingHandler { batch in
            largest.withLock { $0 = max($0, batch.count) }
        }
        let member = Member(cluster, handler) { $0.batchRecordsMax = 7 }
        try await eventually("all came") { handler.numbers.count == 500 }
        try await member.stop()
        #expect(largest.withLock { $0 } == 7)
    }

    @Test func theGroupsOffsetsAreCommittedForLagTools() async throws {
        let cluster = try MockCluster(partitions: 2)
        try await fill(cluster, numbered(0..<50))
        let member = Member(cluster, RecordingHandler(), group: "lag")
        try await eventually("all came") { member.handler.numbers.count == 50 }
        try await member.stop()
        let admin = try LogAdmin(cluster.configuration(), logger: quiet)
        defer { admin.close() }
        let partitions = Array(fromBeginning(partitions: 2).keys)
        let committed = try admin.committed(group: "lag", partitions: partitions)
        #expect(committed.values.map(\.number).reduce(0, +) == 50)
    }
}
