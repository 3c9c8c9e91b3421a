import CRdKafka
import Dispatch
import Events
import Logging
import Synchronization
import Testing

@testable import EventLog

/// Counts how often each record's report came, and how.
final class Ledger: Sendable {
    private let outcomes = Mutex<[Int: [Result<RecordPosition, EventLogError>]]>([:])

    func note(_ number: Int, _ outcome: Result<RecordPosition, EventLogError>) {
        outcomes.withLock { $0[number, default: []].append(outcome) }
    }

    var reported: Int { outcomes.withLock { $0.count } }
    var resolvedTwice: Int { outcomes.withLock { $0.values.count { $0.count > 1 } } }
    var failures: [EventLogError.Code: Int] {
        outcomes.withLock { outcomes in
            var counts: [EventLogError.Code: Int] = [:]
            for case .failure(let error) in outcomes.values.flatMap(\.self) {
                counts[error.code, default: 0] += 1
            }
            return counts
        }
    }
    var appended: Int {
        outcomes.withLock { outcomes in
            outcomes.values.flatMap(\.self).count { if case .success = $0 { true } else { false } }
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(2)))
struct EventProducerTests {
    @Test func anAppendedRecordIsInTheLogWhereItSays() async throws {
        let cluster = try MockCluster()
        let producer = try EventProducer(cluster.configuration(), logger: quiet)
        defer { producer.close() }
        let record = OutgoingRecord(topic: .submissions, key: [1, 2, 3], value: [4, 5])
        let position = try await producer.append(record)
        let found = try #require(try await everything(in: cluster).first)
        #expect(found.topicPartition == position.topicPartition)
        #expect(found.offset == position.offset)
        #expect(found.key == [1, 2, 3])
        #expect(found.value == [4, 5])
    }

    @Test func aTombstoneIsNotAnEmptyValue() async throws {
        let cluster = try MockCluster(partitions: 1)
        let producer = try EventProducer(cluster.configuration(), logger: quiet)
        defer { producer.close() }
        _ = try await producer.append(OutgoingRecord(topic: .submissions, key: [1], value: nil))
        _ = try await producer.append(OutgoingRecord(topic: .submissions, key: [], value: []))
        let found = try await everything(in: cluster, partitions: 1)
        #expect(found.map(\.value) == [nil, []])
        #expect(found.map(\.key) == [[1], []])
    }

    @Test func partitionsAreThoseOfMurmur2() async throws {
        let cluster = try MockCluster(partitions: 12)
        let producer = try EventProducer(cluster.configuration(), logger: quiet)
        defer { producer.close() }
        try await LogReader.onThread { try producer.appendAndWait(numbered(0..<300)) }
        let found = try await everything(in: cluster, partitions: 12)
        #expect(found.count == 300)
        for record in found {
            let expected = Partitioner.partition(of: record.key ?? [], count: 12)
            #expect(record.topicPartition.partition == expected)
        }
        #expect(try producer.partitionCount(of: .submissions) == 12)
    }

    @Test func aPartitionThatIsNamedIsTheOneWritten() async throws {
        let cluster = try MockCluster(partitions: 12)
        let producer = try EventProducer(cluster.configuration(), logger: quiet)
        defer { producer.close() }
        let position = try await producer.append(
            OutgoingRecord(topic: .timeline, partition: Partition(7), key: [1], value: [1])
        )
        #expect(position.topicPartition == TopicPartition(.timeline, Partition(7)))
    }

    @Test func aThousandRecordsKeepTheirOrderThroughErrorsAndLostConnections() async throws {
        let cluster = try MockCluster(partitions: 1)
        let producer = try EventProducer(cluster.configuration(), logger: quiet)
        defer { producer.close() }
        cluster.fail(
            apiKey: 0,
            with: [
                RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR__TRANSPORT,
                RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            ]
        )
        try await LogReader.onThread {
            for start in stride(from: 0, to: 1000, by: 50) {
                try producer.appendAndWait(numbered(start..<start + 50))
            }
        }
        let found = try await everything(in: cluster, partitions: 1)
        #expect(found.compactMap(number) == Array(0..<1000))
    }

    @Test func aFullQueueRefusesAtOnceAndHasRoomAgain() async throws {
        let cluster = try MockCluster()
        var options = EventProducer.Options()
        options.queueRecordsMax = 10
        let producer = try EventProducer(cluster.configuration(), options: options, logger: quiet)
        defer { producer.close() }
        _ = try await producer.append(numbered(0..<1)[0])
        cluster.setDown()
        let ledger = Ledger()
        for (number, record) in numbered(0..<15).enumerated() {
            producer.send(record) { ledger.note(number, $0) }
        }
        #expect(ledger.failures == [.queueFull: 5])
        cluster.setUp()
        try await eventually("all are reported") { ledger.reported == 15 }
        #expect(ledger.appended == 10)
        _ = try await producer.append(numbered(0..<1)[0])
    }

    @Test func theQueueIsBoundedInBytesToo() async throws {
        let cluster = try MockCluster()
        var options = EventProducer.Options()
        options.queueBytesMax = 10_000
        let producer = try EventProducer(cluster.configuration(), options: options, logger: quiet)
        defer { producer.close() }
        let ledger = Ledger()
        producer.send(numbered(0..<1, bytes: 10_001)[0]) { ledger.note(0, $0) }
        #expect(ledger.failures == [.recordTooLarge: 1])
        cluster.setDown()
        for number in 1...4 {
            producer.send(numbered(0..<1, bytes: 3_000)[0]) { ledger.note(number, $0) }
        }
        #expect(ledger.failures == [.recordTooLarge: 1, .queueFull: 1])
        cluster.setUp()
        try await eventually("all are reported") { ledger.reported == 5 }
    }

    @Test func moreThanTheQueueHoldsIsWaitedForInOrder() async throws {
        let cluster = try MockCluster(partitions: 1)
        var options = EventProducer.Options()
        options.queueRecordsMax = 7
        let producer = try EventProducer(cluster.configuration(), options: options, logger: quiet)
        defer { producer.close() }
        try await LogReader.onThread { try producer.appendAndWait(numbered(0..<500)) }
        let found = try await everything(in: cluster, partitions: 1)
        #expect(found.compactMap(number) == Array(0..<500))
    }

    @Test func aBrokerThatWasAwayGetsEverythingOnceInOrder() async throws {
        let cluster = try MockCluster(partitions: 1)
        let producer = try EventProducer(cluster.configuration(), logger: quiet)
        defer { producer.close() }
        _ = try await producer.append(numbered(0..<1)[0])
        #expect(producer.isReachable)
        cluster.setDown()
        try await eventually("the loss is noticed") { !producer.isReachable }
        async let waiting: Void = LogReader.onThread {
            try producer.appendAndWait(numbered(1..<200))
        }
        cluster.setUp()
        try await eventually("the return is noticed") { producer.isReachable }
        try await waiting
        let found = try await everything(in: cluster, partitions: 1)
        #expect(found.compactMap(number) == Array(0..<200))
    }

    @Test func withATimeoutARecordIsGivenUpAsUnavailable() async throws {
        let cluster = try MockCluster()
        var options = EventProducer.Options()
        options.messageTimeout = .milliseconds(300)
        let producer = try EventProducer(cluster.configuration(), options: options, logger: quiet)
        defer { producer.close() }
        cluster.setDown()
        await #expect(throws: EventLogError(.unavailable, "")) {
            try await producer.append(numbered(0..<1)[0])
        }
    }

    @Test func closingResolvesEverySendExactlyOnce() async throws {
        let cluster = try MockCluster()
        let producer = try EventProducer(cluster.configuration(), logger: quiet)
        _ = try await producer.append(numbered(0..<1)[0])
        cluster.setRoundTrip(milliseconds: 400)
        let ledger = Ledger()
        for (number, record) in numbered(0..<500).enumerated() {
            producer.send(record) { ledger.note(number, $0) }
        }
        producer.close(timeout: .milliseconds(50))
        #expect(ledger.reported == 500)
        #expect(ledger.resolvedTwice == 0)
        #expect(ledger.appended + (ledger.failures[.closed] ?? 0) == 500)
        producer.send(numbered(0..<1)[0]) { ledger.note(500, $0) }
        #expect(ledger.reported == 501)
        producer.close()
    }

    @Test func closingWaitsForWhatWasSent() async throws {
        let cluster = try MockCluster()
        var options = EventProducer.Options()
        options.linger = .seconds(60)
        let producer = try EventProducer(cluster.configuration(), options: options, logger: quiet)
        let ledger = Ledger()
        for (number, record) in numbered(0..<500).enumerated() {
            producer.send(record) { ledger.note(number, $0) }
        }
        producer.close(timeout: .seconds(30))
        #expect(ledger.appended == 500)
        #expect(try await everything(in: cluster).count == 500)
    }

    @Test func sendsRacingWithCloseResolveExactlyOnce() async throws {
        for _ in 0..<5 {
            let cluster = try MockCluster()
            let producer = try EventProducer(cluster.configuration(), logger: quiet)
            let ledger = Ledger()
            await withTaskGroup(of: Void.self) { group in
                for sender in 0..<3 {
                    group.addTask {
                        for round in 0..<2000 {
                            let number = sender * 2000 + round
                            producer.send(numbered(number..<number + 1)[0]) {
                                ledger.note(number, $0)
                            }
                        }
                    }
                }
                group.addTask { producer.close(timeout: .milliseconds(20)) }
            }
            #expect(ledger.reported == 6000)
            #expect(ledger.resolvedTwice == 0)
        }
    }

    @Test func closingEndsAWaitForABrokerThatIsAway() async throws {
        let cluster = try MockCluster()
        var options = EventProducer.Options()
        options.queueRecordsMax = 5
        let producer = try EventProducer(cluster.configuration(), options: options, logger: quiet)
        cluster.setDown()
        let waiting = Task {
            try await LogReader.onThread { try producer.appendAndWait(numbered(0..<50)) }
        }
        producer.close(timeout: .milliseconds(100))
        await #expect(throws: EventLogError(.closed, "")) { try await waiting.value }
    }

    @Test func afterAFatalErrorEverythingFailsAsFatal() async throws {
        let cluster = try MockCluster()
        let producer = try EventProducer(cluster.configuration(), logger: quiet)
        defer { producer.close() }
        _ = try await producer.append(numbered(0..<1)[0])
        cluster.setDown()
        let ledger = Ledger()
        for (number, record) in numbered(0..<20).enumerated() {
            producer.send(record) { ledger.note(number, $0) }
        }
        producer.failFatally()
        try await eventually("all are reported") { ledger.reported == 20 }
        #expect(ledger.failures == [.fatal: 20])
        await #expect(throws: EventLogError(.fatal, "")) {
            try await producer.append(numbered(0..<1)[0])
        }
    }

    @Test func aWrongPropertyIsAnInvalidConfiguration() throws {
        #expect(throws: EventLogError(.invalidConfiguration, "")) {
            try EventProducer(
                EventLogConfiguration(
                    brokers: "127.0.0.1:1",
                    clientID: "test",
                    properties: ["no.such": "1"]
                ),
                logger: quiet
            )
        }
    }

    @Test func aProducerThatIsForgottenClosesItself() async throws {
        let cluster = try MockCluster()
        let ledger = Ledger()
        do {
            let producer = try EventProducer(cluster.configuration(), logger: quiet)
            cluster.setDown()
            producer.send(numbered(0..<1)[0]) { ledger.note(0, $0) }
        }
        try await eventually("the record is resolved") { ledger.reported == 1 }
        #expect(ledger.failures == [.closed: 1])
    }
}
