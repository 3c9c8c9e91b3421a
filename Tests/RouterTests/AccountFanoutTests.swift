import Accounts
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

@Suite struct AccountFanoutTests {
    private static let partitionCount = 4
    private static let ada = RouterModel.account(1)
    private static let home = Partitioner.partition(of: ada, count: partitionCount)
    private static let conversation = ConversationID(
        directBetween: ada,
        and: RouterModel.account(2)
    )
    private static let device = DeviceID(high: 1, low: 7)
    private static let message = RouterModel.id(5, at: RouterModel.noon)

    private let log = FanoutLog()
    private let database: DatabaseQueue

    init() throws {
        database = try DatabaseQueue()
    }

    private func engine(
        _ database: DatabaseQueue,
        inboxPartitions: Int = partitionCount,
        interval: Duration = .zero
    ) throws -> ProjectionEngine {
        let fanout = AccountFanout {
            .init(accounts: Self.partitionCount, inbox: inboxPartitions)
        }
        return ProjectionEngine(
            fanout,
            store: try ProjectionStore(database, migrations: fanout.migrations),
            output: log,
            input: log,
            checkpointInterval: interval,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Reads everything from where a database says to the end.
    private func run(_ database: DatabaseQueue, in partition: Partition = home) throws {
        let engine = try engine(database)
        let input = TopicPartition(.accounts, partition)
        guard case .offset(let start)? = try engine.assigned([input])[input] else { return }
        _ = try engine.process(Array(log.accounts[Int(start.number)...]))
        try engine.revoked([input], lost: false)
    }

    private func event(_ change: AccountChange, by account: AccountID = ada) -> AccountEvent {
        AccountEvent(
            account: account,
            device: Self.device,
            serverTime: Timestamp(milliseconds: RouterModel.noon),
            change: change
        )
    }

    /// Everything of which devices are told.
    private static let told: [AccountChange] = [
        .deviceAdded(device, name: "telephone"), .deviceRemoved(device),
        .preferences(conversation, PreferencesChange(isArchived: true)),
        .star(conversation, message, isStarred: true),
        .star(conversation, message, isStarred: false), .hide(conversation, message),
        .privacy(Privacy.Change(readReceipts: false)),
        .contact(RouterModel.account(2), isContact: true),
        .contact(RouterModel.account(2), isContact: false),
    ]

    @Test func everyChangeIsToldInTheSamePartitionAsItIs() throws {
        for change in Self.told { log.add(event(change).encoded(), in: Self.home) }
        try run(database)
        #expect(log.outputs.count == Self.told.count)
        for (index, output) in log.outputs.enumerated() {
            #expect(output.topic == .inbox && output.partition == Self.home)
            #expect(output.key == Self.ada.bytes)
            let record = try PBInboxRecord(serializedBytes: output.value ?? [])
            #expect(Origin(record.origin) == log.accounts[index].origin())
            #expect(try AccountEvent(record.account) == event(Self.told[index]))
        }
    }

    @Test func aFieldOfALaterVersionIsToldToo() throws {
        let bytes = event(Self.told[0]).encoded() + [0xA2, 0x06, 0x01, 0x07]
        log.add(bytes, in: Self.home)
        try run(database)
        let value = try #require(log.outputs.first?.value)
        #expect(value.suffix(bytes.count) == bytes[...])
    }

    @Test func whatConcernsNoDeviceIsToldToNone() throws {
        log.add(event(.registered(name: "Ada")).encoded(), in: Self.home)
        log.add(event(.unknown).encoded(), in: Self.home)
        try run(database)
        #expect(log.outputs.isEmpty)
        #expect(
            try ProjectionStore(database, migrations: []).positions().values.map(\.number) == [2]
        )
    }

    @Test func whatCanNotBeToldIsPutAside() throws {
        let stranger = try #require(
            (2...99).map { RouterModel.account($0) }.first {
                Partitioner.partition(of: $0, count: Self.partitionCount) != Self.home
            }
        )
        log.add([0xFF], in: Self.home)
        log.add(nil, in: Self.home)
        log.add(event(.deviceRemoved(Self.device), by: stranger).encoded(), in: Self.home)
        // A star without a message.
        let damaged = PBAccountRecord.with {
            $0.accountID = Data(Self.ada.bytes)
            $0.setStar.conversationID = Data(Self.conversation.bytes)
        }
        log.add(try damaged.serializedBytes(), in: Self.home)
        log.add(event(Self.told[1]).encoded(), in: Self.home)
        try run(database)
        let letters = try log.outputs.filter { $0.topic == .deadLetters }.map {
            try PBDeadLetter(serializedBytes: $0.value ?? [])
        }
        #expect(
            letters.map(\.code)
                == ["undecodable", "undecodable", "wrong_partition", "undecodable"]
        )
        #expect(letters.allSatisfy { $0.consumer == "router-accounts" })
        #expect(log.outputs.filter { $0.topic == .inbox }.count == 1)
    }

    @Test func unequalPartitionCountsAreRefused() throws {
        let engine = try engine(database, inboxPartitions: 5)
        #expect(throws: ProjectionError(.partitionCounts, "")) {
            try engine.assigned([TopicPartition(.accounts, Self.home)])
        }
    }

    @Test func anotherTopicInThePlaceOfTheOneThatWasReadIsRefused() throws {
        for change in Self.told { log.add(event(change).encoded(), in: Self.home) }
        try run(database)
        log.accounts.removeLast(3)
        #expect(throws: ProjectionError(.inputReplaced, "")) { try run(database) }
    }

    @Test(arguments: UInt64(1)...20)
    func killedAnywhereTheReadersSeeTheSame(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for number in 0..<200 {
            let change = Self.told[number % Self.told.count]
            log.add(
                number % 7 == 0 ? [0xFF] : event(change).encoded(),
                in: Self.home
            )
        }
        var current = database
        let input = TopicPartition(.accounts, Self.home)
        var isDone = false
        while !isDone {
            if Int.random(in: 0..<4, using: &random) == 0 { current = try DatabaseQueue() }
            let engine = try engine(
                current,
                interval: Bool.random(using: &random) ? .zero : .seconds(3600)
            )
            guard case .offset(let start)? = try engine.assigned([input])[input] else { return }
            var place = Int(start.number)
            do {
                while place < log.accounts.count {
                    let end = min(
                        place + Int.random(in: 1...40, using: &random),
                        log.accounts.count
                    )
                    if Int.random(in: 0..<8, using: &random) == 0 {
                        log.recordsLeft = Int.random(in: 0..<20, using: &random)
                    }
                    _ = try engine.process(Array(log.accounts[place..<end]))
                    place = end
                }
                try engine.revoked([input], lost: false)
                isDone = true
            } catch is RouterModel.Cut {}
            log.recordsLeft = nil
        }
        var filter = OriginFilter()
        let seen = try log.outputs.filter { $0.topic == .inbox }
            .map { Origin(try PBInboxRecord(serializedBytes: $0.value ?? []).origin) }
            .filter { filter.admit($0) }
        let expected = log.accounts.indices.filter { $0 % 7 != 0 }.map {
            log.accounts[$0].origin()
        }
        #expect(seen == expected, "seed \(seed)")
    }
}

/// One partition of `accounts`, and what is put out, which can be cut short.
private final class FanoutLog: OutputLog, InputLog {
    var accounts: [LogRecord] = []
    var outputs: [OutgoingRecord] = []
    var recordsLeft: Int?

    func begin(_ records: [OutgoingRecord]) throws -> (any OutputsInFlight)? {
        for record in records {
            if let left = recordsLeft {
                guard left > 0 else { throw RouterModel.Cut() }
                recordsLeft = left - 1
            }
            outputs.append(record)
        }
        return nil
    }

    func watermarks(of partition: TopicPartition) -> LogAdmin.Watermarks {
        LogAdmin.Watermarks(low: Offset(0), high: Offset(Int64(accounts.count)))
    }

    func add(_ value: [UInt8]?, in partition: Partition) {
        accounts.append(
            LogRecord(
                topicPartition: TopicPartition(.accounts, partition),
                offset: Offset(Int64(accounts.count)),
                timestamp: Timestamp(milliseconds: RouterModel.noon),
                key: nil,
                value: value
            )
        )
    }
}
