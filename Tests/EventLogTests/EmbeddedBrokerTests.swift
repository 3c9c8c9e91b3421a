import Events
import Foundation
import Logging
import Synchronization
import Testing

@testable import EventLog

/// The same client against Martlet's own broker; what the mock cluster can't do is tested here alone.
@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: BrokerProcess.executable != nil))
struct EmbeddedBrokerTests {
    private let sizing = TopicCatalogue.Sizing(conversationPartitions: 4, accountPartitions: 3)

    private struct Noon: WallClock {
        func now() -> Timestamp { Timestamp(milliseconds: 1_709_294_400_000) }
    }

    private func setup(
        _ broker: BrokerProcess,
        _ sizing: TopicCatalogue.Sizing? = nil
    )
        -> TopicSetup
    {
        TopicSetup(
            broker.configuration,
            sizing: sizing ?? self.sizing,
            clock: Noon(),
            logger: quiet
        )
    }

    private func prepared() async throws -> BrokerProcess {
        let broker = try BrokerProcess()
        let setup = setup(broker)
        let admin = try LogAdmin(broker.configuration, logger: quiet)
        defer { admin.close() }
        try await eventually("the broker answers") {
            (try? admin.topics(timeout: .milliseconds(500))) != nil
        }
        _ = try await LogReader.onThread { try setup.apply() }
        return broker
    }

    @Test func applyingTwiceMakesTheTopicsOnceAndKeepsTheEpoch() async throws {
        let broker = try BrokerProcess()
        let setup = setup(broker)
        try await eventually("the broker answers") {
            let admin = try LogAdmin(broker.configuration, logger: quiet)
            defer { admin.close() }
            return (try? admin.topics(timeout: .milliseconds(500))) != nil
        }
        let steps = Mutex<[String]>([])
        let first = try await LogReader.onThread {
            try setup.apply { step in steps.withLock { $0.append(step) } }
        }
        #expect(Set(first.made) == Set(Topic.all.map(\.name)))
        #expect(first.isNewEpoch && first.inboxEpoch != 0)
        #expect(steps.withLock { $0 }.contains("made inbox with 3 partitions"))
        let second = try await LogReader.onThread { try setup.apply() }
        #expect(second.made.isEmpty)
        #expect(!second.isNewEpoch)
        #expect(second.inboxEpoch == first.inboxEpoch)
        #expect(try await LogReader.onThread { try setup.differences() }.isEmpty)
    }

    @Test func whatDiffersIsSaid() async throws {
        let broker = try await prepared()
        let larger = setup(
            broker,
            TopicCatalogue.Sizing(conversationPartitions: 8, accountPartitions: 3)
        )
        let differences = try await LogReader.onThread { try larger.differences() }
        #expect(
            Set(differences) == [
                "submissions: 4 partitions, not 8", "timeline: 4 partitions, not 8",
                "receipts: 4 partitions, not 8",
            ]
        )
    }

    @Test func aTopicMadeLaterHasAsManyPartitionsAsTheOthers() async throws {
        let broker = try BrokerProcess()
        let older = TopicCatalogue.embedded.definitions(sizing)
            .filter { ["timeline", "accounts"].contains($0.name) }
        try await eventually("the broker answers") {
            let admin = try LogAdmin(broker.configuration, logger: quiet)
            defer { admin.close() }
            return (try? admin.create(older)) != nil
        }
        let later = setup(broker, TopicCatalogue.Sizing(conversationPartitions: 8))
        _ = try await LogReader.onThread { try later.apply() }
        let counts = try await LogReader.onThread {
            let admin = try LogAdmin(broker.configuration, logger: quiet)
            defer { admin.close() }
            return try admin.topics()
        }
        #expect(counts["receipts"] == 4 && counts["sessions"] == 3)
        // Without a wish of its own a check takes what is there as what was wanted.
        let check = setup(broker, TopicCatalogue.Sizing())
        #expect(try await LogReader.onThread { try check.differences() }.isEmpty)
    }

    @Test func offsetsAreFoundByTime() async throws {
        let broker = try await prepared()
        let producer = try EventProducer(broker.configuration, logger: quiet)
        defer { producer.close() }
        let partition = TopicPartition(.timeline, Partition(2))
        var times: [Timestamp] = []
        for number in 0..<5 {
            _ = try await producer.append(
                OutgoingRecord(
                    topic: .timeline,
                    partition: partition.partition,
                    key: [1],
                    value: [UInt8(number)]
                )
            )
            times.append(Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000) + 1))
            try await Task.sleep(for: .milliseconds(20))
        }
        let moments = times
        try await LogReader.onThread {
            let admin = try LogAdmin(broker.configuration, logger: quiet)
            defer { admin.close() }
            for (number, moment) in moments.enumerated() {
                let offsets = try admin.offsets(of: [partition], at: moment)
                #expect(offsets == [partition: Offset(Int64(number) + 1)])
            }
            let first = try admin.offsets(of: [partition], at: Timestamp(milliseconds: 0))
            #expect(first == [partition: Offset(0)])
            #expect(try admin.watermarks(of: partition) == .init(low: Offset(0), high: Offset(5)))
        }
    }

    @Test func anUnknownTopicIsUnknown() async throws {
        let broker = try BrokerProcess()
        let producer = try EventProducer(broker.configuration, logger: quiet)
        defer { producer.close(timeout: .zero) }
        try await eventually("the broker answers") { producer.isReachable }
        #expect(throws: EventLogError(.unknownTopic, "")) {
            try producer.partitionCount(of: .timeline)
        }
    }

    @Test func membersOfAGroupReadEverythingThroughAKilledBroker() async throws {
        let broker = try await prepared()
        let handler = RecordingHandler()
        var options = GroupConsumer.Options(group: "g", topics: [.submissions])
        options.pollInterval = .milliseconds(20)
        let consumer = GroupConsumer(broker.configuration, options: options, logger: quiet)
        async let running: Void = consumer.run(handler)
        let producer = try EventProducer(broker.configuration, logger: quiet)
        defer { producer.close() }
        try await LogReader.onThread { try producer.appendAndWait(numbered(0..<500)) }
        try await eventually("the first half came") { Set(handler.numbers).count == 500 }
        async let waiting: Void = LogReader.onThread {
            for start in stride(from: 500, to: 1000, by: 25) {
                try producer.appendAndWait(numbered(start..<start + 25))
            }
        }
        broker.killHard()
        try await eventually("the loss is told") { handler.seen.reachability.last == false }
        try broker.start()
        try await waiting
        try await eventually("everything came") { Set(handler.numbers).count == 1000 }
        consumer.stop()
        try await running
        let stored = try await LogReader.onThread {
            var numbers: [Int] = []
            try LogReader.readToEnd(
                broker.configuration,
                start: fromBeginning(),
                logger: quiet
            ) { numbers += $0.compactMap(number) }
            return numbers
        }
        #expect(stored.sorted() == Array(0..<1000))
    }

    @Test func noPartitionHasTwoOwnersWhenABrokerWasKilled() async throws {
        let broker = try await prepared()
        let handlers = [RecordingHandler(), RecordingHandler()]
        let consumers = handlers.map { _ in
            var options = GroupConsumer.Options(group: "g", topics: [.submissions])
            options.pollInterval = .milliseconds(20)
            return GroupConsumer(broker.configuration, options: options, logger: quiet)
        }
        async let first: Void = consumers[0].run(handlers[0])
        try await eventually("one has all") { !handlers[0].seen.owned.isEmpty }
        async let second: Void = consumers[1].run(handlers[1])
        func areSharing() -> Bool { handlers.allSatisfy { !$0.seen.owned.isEmpty } }
        try await eventually("they share") { areSharing() }
        let revocations = handlers.map(\.seen.revocations)
        broker.killHard()
        try await eventually("the loss is told") {
            handlers.allSatisfy { $0.seen.reachability.last == false }
        }
        try broker.start()
        // The new broker has everybody join again; until then each goes on with what it has.
        try await eventually("they share again") {
            #expect(handlers[0].seen.owned.isDisjoint(with: handlers[1].seen.owned))
            return areSharing() && handlers.map(\.seen.revocations) != revocations
        }
        #expect(handlers.map(\.seen.losses) == [0, 0])
        for consumer in consumers { consumer.stop() }
        try await first
        try await second
    }

    @Test func aSingleAppendIsQuick() async throws {
        let broker = try await prepared()
        let producer = try EventProducer(broker.configuration, logger: quiet)
        defer { producer.close() }
        _ = try await producer.append(numbered(0..<1)[0])
        let started = ContinuousClock.now
        for record in numbered(0..<100) { _ = try await producer.append(record) }
        let each = started.duration(to: .now) / 100
        // No sleeping poll anywhere: one of 100 ms would show as 50 ms and more.
        #expect(each < .milliseconds(30), "\(each)")
    }
}
