import Conversations
import EventLog
import Events
import Foundation
import GRDB
import Logging
import Projections
import SwiftProtobuf
import Testing

@testable import Router

@Suite struct RouterProjectionTests {
    private let model = RouterModel()
    private let database: DatabaseQueue

    init() throws {
        database = try DatabaseQueue()
    }

    @Test func aMessageIsOneTimelineRecordAndOneInboxRecordPerPartition() throws {
        let record = try model.post(1, from: 1, to: 2)
        try model.route(database)
        let events = try model.timeline()
        #expect(events.map(\.seq) == [1])
        #expect(events.first?.origin == record.origin())
        let inbox = try model.inbox()
        let partitions = Set(
            [1, 2].map { Partitioner.partition(of: RouterModel.account($0), count: 12) }
        )
        #expect(Set(inbox.keys) == partitions)
        #expect(partitions.count == 2)
        for records in inbox.values {
            #expect(records.count == 1)
            #expect(records.first?.event.seq == 1)
            #expect(records.first?.event.messagePosted.content.text.text == "hello")
        }
        let indexes = inbox.values.flatMap { $0.map(\.origin.index) }.sorted()
        #expect(indexes == [0, 1])
        let timeline = model.outputs.first { $0.topic == .timeline }
        #expect(timeline?.partition == record.topicPartition.partition)
        #expect(timeline?.key == record.key)
    }

    @Test func accountsThatShareAnInboxPartitionShareARecord() throws {
        model.inboxPartitions = 1
        try model.post(1, from: 1, to: 2)
        try model.route(database)
        #expect(try model.inbox().values.map(\.count) == [1])
    }

    @Test func aRejectionGoesToTheSendersInboxAlone() throws {
        let record = try model.post(1, from: 1, to: 2, "")
        try model.route(database)
        #expect(try model.timeline().isEmpty)
        let inbox = try model.inbox()
        let home = Partitioner.partition(of: RouterModel.account(1), count: 12)
        #expect(Array(inbox.keys) == [home])
        let rejection = inbox[home]?.first?.rejection
        #expect(rejection?.code == "invalid_message")
        #expect(rejection?.accountID == Data(RouterModel.account(1).bytes))
        #expect(model.outputs.first?.key == RouterModel.account(1).bytes)
        #expect(inbox[home]?.first.map { Origin($0.origin) } == record.origin())
    }

    @Test func aRepetitionSaysNothing() throws {
        for _ in 0..<3 { try model.post(1, from: 1, to: 2) }
        try model.route(database)
        try model.post(1, from: 1, to: 2)
        try model.route(database)
        #expect(model.outputs.count == 3)
    }

    @Test func bytesThatAreNoSubmissionAreADeadLetter() throws {
        model.add(key: [1], value: [0xFF], in: Partition(0))
        model.add(key: [1], value: [], in: Partition(0))
        try model.post(1, from: 1, to: 2)
        try model.route(database)
        #expect(model.outputs.filter { $0.topic == .deadLetters }.count == 2)
        #expect(try model.timeline().count == 1)
    }

    @Test func aConversationIsNumberedInItsOwnPartitionOnly() throws {
        let model = RouterModel(partitions: 2)
        let record = try model.post(1, from: 1, to: 2)
        let other = Partition(1 - record.topicPartition.partition.number)
        model.add(key: record.key ?? [], value: record.value ?? [], in: other)
        try model.route(database)
        #expect(try model.timeline().count == 1)
        #expect(model.outputs.filter { $0.topic == .deadLetters }.count == 1)
    }

    @Test func unequalPartitionCountsAreRefused() throws {
        model.timelinePartitions = 2
        #expect(throws: ProjectionError(.partitionCounts, "")) { try model.route(database) }
    }

    @Test func anOldIdIsFoundOnDiskAndANewOneNeedsNoLook() throws {
        // More ids than memory keeps, the first of them from long before.
        let day: Int64 = 24 * 60 * 60 * 1000
        try model.post(0, from: 1, to: 2, idTime: RouterModel.noon - 13 * day)
        let accepted = try AcceptedIDs(Partition(0), database, isFresh: true)
        let migrations = RouterProjection(
            history: model,
            window: 1,
            logger: Logger(label: "test")
        ).migrations
        _ = try ProjectionStore(database, migrations: migrations)
        let conversation = ConversationID(high: 1, low: 1)
        func event(_ key: SubmissionKey) -> TimelineEvent {
            RouterModel.event(.acted(.leave), of: key)
        }
        func key(_ tail: UInt64, _ time: Int64) -> SubmissionKey {
            SubmissionKey(
                id: RouterModel.id(tail, at: time),
                sender: RouterModel.account(1),
                conversation: conversation
            )
        }
        let old = key(0, RouterModel.noon - 13 * day)
        try accepted.insert(event(old))
        for tail in 1...UInt64(AcceptedIDs.recentMax) {
            try accepted.insert(event(key(tail, RouterModel.noon + Int64(tail))))
        }
        try database.write { try accepted.save($0, newest: nil) }
        accepted.saved()
        #expect(accepted.floor > RouterModel.noon)
        #expect(try accepted.contains(old))
        #expect(try accepted.contains(key(1, RouterModel.noon + 1)))
        #expect(try !accepted.contains(key(9, RouterModel.noon + 1)))
        #expect(
            try accepted.contains(
                key(UInt64(AcceptedIDs.recentMax), RouterModel.noon + Int64(AcceptedIDs.recentMax))
            )
        )
        let again = try AcceptedIDs(Partition(0), database, isFresh: false)
        #expect(again.floor > RouterModel.noon)
        #expect(try again.contains(old))
        // Two days later the old one is too old to come again, and forgotten.
        try database.write {
            try again.save($0, newest: Timestamp(milliseconds: RouterModel.noon + 3 * day))
        }
        again.saved()
        #expect(try !again.contains(old))
        #expect(try again.contains(key(1, RouterModel.noon + 1)))
    }

    @Test func withoutACheckpointTheTimelineIsTheState() throws {
        for tail in UInt64(0)..<120 { try model.post(tail, from: 1, to: 2 + Int(tail % 3)) }
        try model.route(database)
        let events = try model.timeline()
        let fresh = try DatabaseQueue()
        for tail in UInt64(100)..<140 { try model.post(tail, from: 1, to: 2 + Int(tail % 3)) }
        try model.route(fresh)
        let after = try model.timeline()
        #expect(Array(after.prefix(events.count)) == events)
        #expect(after.count == 140)
        try expectDense(after)
    }

    @Test func withoutACheckpointEventsOfForgottenSubmissionsStillCount() throws {
        for tail in UInt64(0)..<20 { try model.post(tail, from: 1, to: 2) }
        try model.route(database)
        // Retention took them all; the window would go back further.
        model.low = Offset(20)
        try model.post(3, from: 1, to: 2)
        try model.post(20, from: 1, to: 2)
        try model.route(try DatabaseQueue())
        let events = try model.timeline()
        #expect(events.map(\.seq) == Array(1...21))
    }

    @Test func aCheckpointThatRetentionOvertookIsRebuiltFromTheTimeline() throws {
        try model.post(0, from: 1, to: 2)
        try model.route(database)
        // Another instance goes on meanwhile, with a database of its own.
        let other = try DatabaseQueue()
        for tail in UInt64(1)..<30 { try model.post(tail, from: 1, to: 2) }
        try model.route(other)
        model.low = Offset(25)
        for tail in UInt64(30)..<35 { try model.post(tail, from: 1, to: 2) }
        try model.route(database)
        #expect(try model.timeline().map(\.seq) == Array(1...35))
    }

    @Test func aBatchThatReachedOnlyTheTimelineReachesTheInboxAfterTheCrash() throws {
        for tail in UInt64(0)..<10 {
            try model.post(tail, from: 1, to: 2, tail % 2 == 0 ? "" : "x")
        }
        model.topicOrder = [.timeline, .inbox]
        model.recordsLeft = 5
        #expect(throws: RouterModel.Cut.self) { try model.route(database) }
        #expect(model.outputs.allSatisfy { $0.topic == .timeline })
        model.recordsLeft = nil
        let reference = RouterModel()
        reference.submissions = model.submissions
        try reference.route(try DatabaseQueue())
        // A canary: with a window shorter than the batch, rejections and inbox records are missing.
        let canary = RouterModel()
        canary.submissions = model.submissions
        canary.outputs = model.outputs
        try canary.route(try DatabaseQueue(), window: 2)
        #expect(try canary.inbox() != reference.inbox())

        try model.route(try DatabaseQueue())
        #expect(try model.inbox() == reference.inbox())
        #expect(try model.timeline() == reference.timeline())
    }

    /// The same history routed in one go, and with kills anywhere, with and without the checkpoint.
    @Test(arguments: UInt64(1)...30)
    func killedAnywhereTheReadersSeeTheSame(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        try fill(model, &random)
        let reference = RouterModel()
        reference.submissions = model.submissions
        try reference.route(try DatabaseQueue())

        var current = database
        var kills = 0
        while try !run(&current, &random, mustDie: kills == 0) {
            model.crash(&random)
            kills += 1
        }
        #expect(kills > 0)
        #expect(try model.timeline() == reference.timeline(), "seed \(seed)")
        #expect(try model.inbox() == reference.inbox(), "seed \(seed)")
        try expectDense(try model.timeline())
    }

    private func fill(_ model: RouterModel, _ random: inout SeededRandom) throws {
        for tail in UInt64(0)..<300 {
            if let record = model.submissions.randomElement(using: &random),
                Int.random(in: 0..<5, using: &random) == 0
            {
                model.add(key: record.key ?? [], value: record.value ?? [], in: Partition(0))
                continue
            }
            let sender = Int.random(in: 0..<4, using: &random)
            try model.post(
                tail,
                from: sender,
                to: (sender + Int.random(in: 1...3, using: &random)) % 4,
                Int.random(in: 0..<6, using: &random) == 0 ? "" : "text \(tail)",
                at: RouterModel.noon + Int64.random(in: -100...100, using: &random)
            )
        }
    }

    /// Runs until the end (true) or a kill (false); a kill sometimes takes the database along.
    private func run(
        _ database: inout DatabaseQueue,
        _ random: inout SeededRandom,
        mustDie: Bool
    ) throws -> Bool {
        let input = TopicPartition(.submissions, Partition(0))
        if Int.random(in: 0..<3, using: &random) == 0 { database = try DatabaseQueue() }
        let batchMax = 40
        let inFlightMax = Int.random(in: 1...3, using: &random)
        model.isLate = Bool.random(using: &random)
        // A router without a checkpoint can't know how many batches the one before it had under way.
        let engine = try model.engine(
            database,
            window: batchMax * 3,
            interval: Bool.random(using: &random) ? .zero : .seconds(3600),
            inFlightMax: inFlightMax
        )
        guard case .offset(let start)? = try engine.assigned([input])[input] else { return false }
        var place = Int(start.number)
        while place < model.submissions.count {
            if !mustDie, Int.random(in: 0..<15, using: &random) == 0 { return false }
            if mustDie || Int.random(in: 0..<10, using: &random) == 0 {
                model.recordsLeft = Int.random(in: 0..<(mustDie ? 2 : 60), using: &random)
            }
            model.topicOrder.shuffle(using: &random)
            let end = min(
                model.submissions.count,
                place + Int.random(in: 1...batchMax, using: &random)
            )
            do {
                _ = try engine.process(Array(model.submissions[place..<end]))
            } catch {
                model.recordsLeft = nil
                return false
            }
            model.recordsLeft = nil
            place = end
        }
        try engine.revoked([input], lost: false)
        return true
    }

    private func expectDense(_ events: [TimelineEvent]) throws {
        for (_, events) in Dictionary(grouping: events, by: \.conversation) {
            #expect(events.map(\.seq) == events.indices.map { UInt64($0) + 1 })
            #expect(events.map(\.messageCount) == events.map(\.seq))
        }
        #expect(Set(events.map(\.key)).count == events.count)
    }
}
