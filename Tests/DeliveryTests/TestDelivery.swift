import Accounts
import EventLog
import Events
import GRDB
import Ingest
import Logging
import NIOCore
import NIOEmbedded
import Projections
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

/// Delivery without threads, sockets or Kafka: a hub on an embedded loop, fed by the real projection over a real index.
final class TestDelivery {
    let loop = EmbeddedEventLoop()
    let log = FakeLog()
    let submissions = FakeSubmissions()
    let inbox: FakeInbox
    let clock = StillClock()
    let database: DatabaseQueue
    let acknowledgements = AcknowledgementBoard()
    let lastSeen = LastSeenBoard()
    let registry = DeviceRegistry()
    /// Takes `signals`; `loopSignals` has them read again.
    let signals = FakeLog()
    let served = ServedPartitions()
    private var signalsRead = 0
    let hub: DeliveryHub
    let projection: InboxProjection
    private var nextOffset: Int64 = 0
    private var nextSubmission: Int64 = 0
    private var outputs = Outputs()

    let ada = Identity(account: AccountID(high: 1, low: 1), device: DeviceID(high: 1, low: 100))
    let bob = Identity(account: AccountID(high: 2, low: 2), device: DeviceID(high: 2, low: 200))

    init(
        database: DatabaseQueue? = nil,
        partitions: Int = 1,
        isOpen: Bool = true,
        _ change: (inout DeliverySettings) -> Void = { _ in }
    ) throws {
        var settings = DeliverySettings(instance: "delivery-1", url: "ws://test/v1/socket")
        change(&settings)
        inbox = FakeInbox(partitions: partitions)
        self.database = try database ?? Self.makeDatabase()
        let metrics = DeliveryMetrics()
        hub = DeliveryHub(
            loop: loop,
            settings: settings,
            metrics: metrics,
            logger: Logger(label: "test"),
            clock: clock,
            ids: UUIDv7Generator(clock: clock),
            records: log,
            submissions: submissions,
            tokens: FakeTokens(),
            reader: IndexReader(pool: nil),
            acknowledgements: acknowledgements,
            lastSeen: lastSeen,
            signals: signals,
            served: served,
            registry: registry
        )
        projection = InboxProjection(
            log: inbox,
            subscriber: hub,
            acknowledgements: acknowledgements,
            lastSeen: lastSeen,
            retention: .seconds(30 * 24 * 60 * 60),
            clock: clock,
            metrics: metrics
        )
        hub.start()
        if isOpen { try open(isFresh: true) }
    }

    static func makeDatabase() throws -> DatabaseQueue {
        let database = try DatabaseQueue()
        try database.write { database in
            for migration in InboxIndex.migrations { try database.execute(sql: migration.sql) }
        }
        return database
    }

    // MARK: The consumer's side

    func open(_ partition: Int32 = 0, isFresh: Bool) throws {
        _ = try projection.open(Partition(partition), database, isFresh: isFresh)
        loop.run()
    }

    func close(_ partition: Int32 = 0) {
        projection.close(Partition(partition))
        loop.run()
    }

    /// Appends a record to the inbox and hands it over at once.
    @discardableResult
    func feed(_ record: PBInboxRecord, partition: Int32 = 0) throws -> Int64 {
        let offset = try apply(record, partition: partition)
        try projection.batchApplied(&outputs)
        loop.run()
        return offset
    }

    /// Appends records as one batch.
    func feed(_ records: [PBInboxRecord]) throws {
        for record in records { try apply(record, partition: 0) }
        try projection.batchApplied(&outputs)
        loop.run()
    }

    @discardableResult
    private func apply(_ record: PBInboxRecord, partition: Int32) throws -> Int64 {
        let offset = nextOffset
        nextOffset += 1
        inbox.high = Offset(nextOffset)
        try projection.apply(
            LogRecord(
                topicPartition: TopicPartition(.inbox, Partition(partition)),
                offset: Offset(offset),
                timestamp: clock.now(),
                key: nil,
                value: try record.serializedBytes()
            ),
            &outputs
        )
        return offset
    }

    /// Everything was read that was there at the opening, whatever of it could be used.
    func catchUp(_ partition: Int32 = 0) throws {
        projection.caughtUp(Partition(partition))
        try projection.batchApplied(&outputs)
        loop.run()
    }

    /// Records that are there, but not for this test's eyes: offsets go on from here.
    func skip(to offset: Int64) {
        nextOffset = offset
        inbox.high = Offset(offset)
    }

    func checkpoint() throws {
        try database.write { try projection.save($0) }
        projection.saved()
        loop.run()
    }

    // MARK: Signals

    /// The signals that were sent since the last call, with the partition of each.
    func takeSignals() -> [(partition: Int32, signal: Signal)] {
        let records = signals.records(.signals)
        defer { signalsRead = records.count }
        return records[signalsRead...].compactMap { record in
            guard let signal = Signal(decoding: record.value ?? []) else { return nil }
            return (record.partition?.number ?? -1, signal)
        }
    }

    /// Has what was sent since the last call read, as the log gives it, and what follows from that, until nothing does.
    func loopSignals() {
        while true {
            let sent = takeSignals()
            guard !sent.isEmpty else { return }
            for (partition, signal) in sent { read(signal, partition: partition) }
        }
    }

    /// A signal is read.
    func read(_ signal: Signal, partition: Int32 = 0) {
        let record = LogRecord(
            topicPartition: TopicPartition(.signals, Partition(partition)),
            offset: Offset(0),
            timestamp: signal.time,
            key: nil,
            value: signal.record(to: Partition(partition)).value
        )
        hub.received(signals: [record]) {}
        loop.run()
    }

    // MARK: Records

    func message(
        from sender: Identity,
        to recipient: Identity,
        seq: UInt64,
        text: String = "hello",
        origin: Int64? = nil
    ) -> PBInboxRecord {
        let offset = origin ?? nextSubmission
        nextSubmission = offset + 1
        let conversation = ConversationID(directBetween: sender.account, and: recipient.account)
        return .with {
            $0.origin =
                Origin(
                    topicNumber: Topic.submissions.number,
                    partition: Partition(0),
                    offset: Offset(offset)
                ).message
            $0.event = .with {
                $0.conversationID = .init(conversation.bytes)
                $0.conversationKind = .direct
                $0.seq = seq
                $0.messageCount = seq
                $0.serverTimeMs = 1_700_000_000_123
                $0.clientTimeMs = 1_700_000_000_001
                $0.sender = .init(sender.account.bytes)
                $0.deviceID = .init(sender.device.bytes)
                $0.submissionID = .init(SubmissionID(high: 9, low: UInt64(offset)).bytes)
                $0.messagePosted = .with {
                    $0.recipient = .init(recipient.account.bytes)
                    $0.content = .with { $0.text = .with { $0.text = text } }
                }
            }
        }
    }

    func ticks(to account: Identity, delivered: UInt64, read: UInt64) -> PBInboxRecord {
        let conversation = ConversationID(directBetween: ada.account, and: bob.account)
        return .with {
            $0.ticks = .with {
                $0.accountID = .init(account.account.bytes)
                $0.conversationID = .init(conversation.bytes)
                $0.deliveredSeq = delivered
                $0.readSeq = read
            }
        }
    }

    /// What an account changed about itself, by the record of `accounts` at `offset`.
    func change(_ change: AccountChange, of identity: Identity, at offset: Int64) -> PBInboxRecord {
        let event = AccountEvent(
            account: identity.account,
            device: identity.device,
            serverTime: Timestamp(milliseconds: 1_700_000_000_500),
            change: change
        )
        return .with {
            $0.origin =
                Origin(
                    topicNumber: Topic.accounts.number,
                    partition: Partition(0),
                    offset: Offset(offset)
                ).message
            // What can't be read makes an empty record, which the test then misses.
            $0.account = (try? PBAccountRecord(serializedBytes: event.encoded())) ?? .init()
        }
    }

    func readMark(of identity: Identity, seq: UInt64) -> PBInboxRecord {
        let conversation = ConversationID(directBetween: ada.account, and: bob.account)
        return .with {
            $0.readMark = .with {
                $0.accountID = .init(identity.account.bytes)
                $0.conversationID = .init(conversation.bytes)
                $0.seq = seq
            }
        }
    }

    // MARK: Clients

    /// A device that says hello; without a position it starts from now.
    func connect(
        _ identity: Identity,
        at offset: Int64? = nil,
        epoch: UInt64 = 7
    ) throws -> TestClient {
        let client = try TestClient(self)
        let position = offset.map {
            "\"\(InboxPosition(epoch: epoch, offset: Offset($0)))\""
        }
        client.send(
            "{\"type\":\"hello\",\"token\":\"\(FakeTokens.token(identity))\","
                + "\"position\":\(position ?? "null")}"
        )
        loop.run()
        return client
    }

    func advance(_ seconds: Int64) {
        for _ in 0..<seconds { loop.advanceTime(by: .seconds(1)) }
    }

    /// The same for both clocks.
    func pass(_ seconds: Int64) {
        for _ in 0..<seconds {
            clock.advance(by: .seconds(1))
            loop.advanceTime(by: .seconds(1))
        }
    }

    /// Lets marks gather and reports come.
    func settle() {
        loop.advanceTime(by: TimeAmount(hub.settings.markDelay))
    }
}
