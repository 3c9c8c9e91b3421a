public import EventLog
public import Events
public import GRDB
public import Logging
import Metrics
public import Projections
import SwiftProtobuf

/// Folds inbox, sessions and accounts, and notifies whoever has not got a message in time.
///
/// It puts nothing into the log. Notifications go out in `batchApplied`; what was notified, what still waits and the positions are
/// written in one transaction afterwards, so a crash in between repeats a notification, with the same
/// collapse id, and never loses one.
///
/// `@unchecked Sendable`: touched by the runner's one thread only.
public final class PushProjection: Projection, @unchecked Sendable {
    /// Time and bounds.
    public struct Options: Sendable {
        /// How long a connected device may take to acknowledge.
        ///
        /// Default 5 s.
        public var grace: Duration = .seconds(5)
        /// How long to wait for an account without a connected device.
        ///
        /// Default 1 s.
        public var settle: Duration = .seconds(1)
        /// Messages older than this are not notified: `sessions` may no longer know that they
        /// arrived.
        ///
        /// Default 6 days.
        public var ageMax: Duration = .seconds(6 * 24 * 60 * 60)
        /// Messages that may wait at once; beyond, decisions are made on what is known.
        ///
        /// Default 200,000.
        public var pendingMax: Int = 200_000
        /// Notifications handed over at once.
        ///
        /// Default 200.
        public var notificationsPerCall: Int = 200
        /// Accounts per partition kept in memory.
        ///
        /// Default 50,000.
        public var presencesMax: Int = 50_000
        /// How long to wait after a provider that failed.
        ///
        /// Default 2 s.
        public var providerPause: Duration = .seconds(2)
        /// How long what was notified is remembered: longer than the inbox is kept.
        ///
        /// Default 31 days.
        public var ledgerKept: Duration = .seconds(31 * 24 * 60 * 60)

        /// The defaults.
        public init() {}
    }

    /// What changed in a partition since the last checkpoint.
    private struct Changes {
        var presences: Set<AccountID> = []
        var entered: Set<Offset> = []
        var left: Set<Offset> = []
        var hasMoved = false
        var isFresh = false
        var forgetsAcknowledged = false
    }

    /// The consumer group.
    public let name = "push"
    /// Inbox, sessions, accounts.
    public let topics: [Topic] = [.inbox, .sessions, .accounts]
    /// The tables.
    public let migrations = PushTables.migrations

    private let options: Options
    private let provider: any PushProvider
    private let ends: any SessionEnds
    private let partitionCount: Int
    private let clock: any WallClock
    private let logger: Logger
    private let metrics = PushMetrics()

    private var partitions: [Partition: PushPartition] = [:]
    private var changes: [Partition: Changes] = [:]
    private var filters = PartitionFilters()
    private var devices: [(AccountID, DeviceID)] = []
    private var notified: [(entry: PendingNotification, time: Timestamp)] = []
    private var database: (any DatabaseReader)?
    private var pausedUntil: Timestamp?

    init(
        provider: any PushProvider,
        ends: any SessionEnds,
        partitionCount: Int,
        clock: any WallClock,
        options: Options = Options(),
        logger: Logger = Logger(label: "push")
    ) {
        self.provider = provider
        self.ends = ends
        self.partitionCount = partitionCount
        self.clock = clock
        self.options = options
        self.logger = logger
    }

    /// A projection that asks the broker how far `sessions` reaches.
    public convenience init(
        provider: any PushProvider,
        admin: LogAdmin,
        partitionCount: Int,
        clock: any WallClock,
        options: Options = Options(),
        logger: Logger
    ) {
        self.init(
            provider: provider,
            ends: BrokerSessionEnds(admin: admin),
            partitionCount: partitionCount,
            clock: clock,
            options: options,
            logger: logger
        )
    }

    // MARK: Partitions

    /// Loads who is where, and what waits.
    public func open(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool
    ) throws -> [Topic: StartPosition] {
        self.database = database
        try filters.open(TopicPartition(.inbox, partition), database, isFresh: isFresh)
        let waiting = WaitingRoom(settle: options.settle, grace: options.grace)
        guard !isFresh else {
            partitions[partition] = PushPartition(waiting: waiting)
            changes[partition] = Changes(isFresh: true)
            return [:]
        }
        let limit = options.presencesMax
        let opened = try database.read { database in
            let progress = try PushTables.progress(of: partition, in: database)
            let presences = try PushTables.presences(of: partition, limit: limit, in: database)
            var opened = PushPartition(
                waiting: waiting,
                presences: presences,
                isComplete: presences.count < limit,
                sessionsNext: progress?.sessionsNext ?? Offset(0),
                inboxNext: progress?.inboxNext ?? Offset(0)
            )
            for entry in try PushTables.pending(of: partition, in: database) {
                if opened.isMissing(entry.account) {
                    let presence = try PushTables.presence(
                        of: entry.account,
                        in: partition,
                        database
                    )
                    opened.setPresence(presence ?? Presence(), of: entry.account)
                }
                opened.waiting.enter(entry)
            }
            return opened
        }
        partitions[partition] = opened
        changes[partition] = Changes()
        return [:]
    }

    /// Forgets the partition; its last checkpoint is written.
    public func close(_ partition: Partition) {
        partitions[partition] = nil
        changes[partition] = nil
        filters.close(TopicPartition(.inbox, partition))
    }

    // MARK: Records

    /// Folds a record in; nothing is decided here.
    public func apply(_ record: LogRecord, _ outputs: inout Outputs) throws {
        let partition = record.topicPartition.partition
        guard partitions[partition] != nil else { return }
        changes[partition]?.hasMoved = true
        switch record.topicPartition.topic {
        case .inbox:
            noteInbox(record.offset, partition)
            try applyInbox(record, partition)
        case .sessions:
            partitions[partition]?.skipSession(at: record.offset)
            try applySession(record, partition)
        default:
            try applyAccount(record)
        }
    }

    private func noteInbox(_ offset: Offset, _ partition: Partition) {
        guard partitions[partition]?.noteInbox(offset) == true else { return }
        logger.warning("the inbox was made anew", metadata: ["partition": "\(partition)"])
        changes[partition]?.forgetsAcknowledged = true
    }

    private func applyInbox(_ record: LogRecord, _ partition: Partition) throws {
        let message = try PBInboxRecord(pushing: record)
        guard case .event(let event) = message.record,
            case .messagePosted(let posted) = event.event, !posted.recipient.isEmpty
        else { return }
        let now = clock.now()
        let entry = PendingNotification(
            offset: record.offset,
            account: try AccountID(posted.recipient, of: "recipient"),
            conversation: try ConversationID(event.conversationID, of: "conversation_id"),
            messageID: try SubmissionID(event.submissionID, of: "submission_id"),
            origin: Origin(message.origin),
            time: min(record.timestamp, now)
        )
        let sender = try AccountID(event.sender, of: "sender")
        guard message.hasOrigin else {
            throw PoisonRecord(code: "no_origin", detail: "an entry without an origin")
        }
        guard filters.admit(entry.origin, from: record.topicPartition) else { return }
        // The partition may be the sender's alone.
        guard entry.account != sender,
            Partitioner.partition(of: entry.account, count: partitionCount) == partition
        else { return }
        guard now - record.timestamp <= options.ageMax else {
            metrics.expired.increment()
            return
        }
        try load(entry.account, partition)
        if partitions[partition]?.enter(entry) == true {
            changes[partition]?.entered.insert(entry.offset)
        }
    }

    private func applySession(_ record: LogRecord, _ partition: Partition) throws {
        let change = try SessionChange(record)
        try load(change.account, partition)
        let gone = partitions[partition]?.note(change, at: record.offset) ?? []
        changes[partition]?.presences.insert(change.account)
        leave(gone, partition)
        metrics.acknowledged.increment(by: gone.count)
    }

    private func applyAccount(_ record: LogRecord) throws {
        let message = try PBAccountRecord(pushing: record)
        guard case .deviceAdded(let added) = message.record else { return }
        devices.append(
            (
                try AccountID(message.accountID, of: "account_id"),
                try DeviceID(added.deviceID, of: "device_id")
            )
        )
    }

    /// Brings an account into memory that is on disk only.
    private func load(_ account: AccountID, _ partition: Partition) throws {
        guard partitions[partition]?.isMissing(account) == true, let database else { return }
        var presence =
            try database.read { try PushTables.presence(of: account, in: partition, $0) }
            ?? Presence()
        if changes[partition]?.forgetsAcknowledged == true { presence.acknowledged = Offset(0) }
        partitions[partition]?.setPresence(presence, of: account)
    }

    private func leave(_ offsets: [Offset], _ partition: Partition) {
        for offset in offsets where changes[partition]?.entered.remove(offset) == nil {
            changes[partition]?.left.insert(offset)
        }
    }

    // MARK: Deciding

    /// Notifies whoever is due.
    public func batchApplied(_ outputs: inout Outputs) throws {
        let now = clock.now()
        var count = 0
        for partition in partitions.keys.sorted() {
            try decide(partition, now)
            count += partitions[partition]?.waiting.count ?? 0
        }
        metrics.pending.record(count)
        if count > options.pendingMax { relieve(now) }
        if let pausedUntil, now < pausedUntil, pausedUntil - now <= options.providerPause {
            return
        }
        pausedUntil = nil
        for partition in partitions.keys.sorted()
        where partitions[partition]?.waiting.hasDue == true {
            try notifyDue(partition, now)
        }
    }

    private func decide(_ partition: Partition, _ now: Timestamp) throws {
        if partitions[partition]?.needsEnds(now: now) == true {
            do {
                let answer = try ends.ends(of: partition)
                partitions[partition]?.answer(answer, at: now)
            } catch {
                // The broker is away: nothing is decided until it says how far `sessions` reaches.
                partitions[partition]?.answer(nil, at: now)
            }
        }
        partitions[partition]?.decide()
    }

    /// Too many wait: a notification too many is better than memory without bound or a message untold.
    private func relieve(_ now: Timestamp) {
        metrics.relieved.increment()
        for partition in partitions.keys { partitions[partition]?.decide(until: now) }
    }

    private func notifyDue(_ partition: Partition, _ now: Timestamp) throws {
        let due = partitions[partition]?.waiting.firstDue(options.notificationsPerCall) ?? []
        guard !due.isEmpty, let database else { return }
        let fresh = try database.read { database in
            try due.filter { try !PushTables.isNotified($0, in: database) }
        }
        let notifications = try database.read { database in
            try fresh.map { try notification(of: $0, at: now, database) }
        }
        do {
            try provider.deliver(notifications)
        } catch {
            metrics.failures.increment()
            logger.error("notifications were not taken over; they will be tried again: \(error)")
            pausedUntil = now + options.providerPause
            return
        }
        metrics.notified.increment(by: notifications.count)
        notified += fresh.map { ($0, now) }
        partitions[partition]?.waiting.notified(due)
        leave(due.map(\.offset), partition)
    }

    private func notification(
        of entry: PendingNotification,
        at time: Timestamp,
        _ database: Database
    ) throws -> PushNotification {
        let unsaved = devices.filter { $0.0 == entry.account }.map(\.1)
        let saved = try PushTables.devices(of: entry.account, in: database)
        return PushNotification(
            time: time,
            account: entry.account,
            devices: Set(saved + unsaved).sorted(),
            conversation: entry.conversation,
            messageID: entry.messageID,
            origin: entry.origin
        )
    }

    // MARK: Checkpoint

    /// Writes what changed.
    public func save(_ database: Database) throws {
        try filters.save(database)
        for (account, device) in devices {
            try PushTables.save(device, of: account, to: database)
        }
        for (entry, time) in notified {
            try PushTables.saveNotified(entry, at: time, to: database)
        }
        if !notified.isEmpty {
            try PushTables.pruneLedger(
                before: clock.now() - options.ledgerKept,
                in: database
            )
        }
        for (partition, changed) in changes {
            guard let state = partitions[partition] else { continue }
            try save(changed, state, partition, database)
        }
    }

    private func save(
        _ changed: Changes,
        _ state: PushPartition,
        _ partition: Partition,
        _ database: Database
    ) throws {
        if changed.isFresh { try PushTables.removeAll(of: partition, from: database) }
        if changed.forgetsAcknowledged {
            try PushTables.forgetAcknowledged(in: partition, database)
        }
        for account in changed.presences {
            guard let presence = state.presence(of: account) else { continue }
            try PushTables.save(presence, of: account, in: partition, to: database)
        }
        for offset in changed.left {
            try PushTables.removePending(at: offset, in: partition, from: database)
        }
        for offset in changed.entered {
            guard let entry = state.waiting.entry(at: offset) else { continue }
            try PushTables.save(entry, in: partition, to: database)
        }
        guard changed.hasMoved else { return }
        try PushTables.save(
            PushTables.Progress(
                inboxNext: state.inboxNext,
                sessionsNext: state.sessionsNext
            ),
            of: partition,
            to: database
        )
    }

    /// What changed is on disk.
    public func saved() {
        devices.removeAll()
        notified.removeAll()
        for partition in partitions.keys {
            changes[partition] = Changes()
            partitions[partition]?.forget(above: options.presencesMax)
        }
    }
}

extension SessionChange {
    fileprivate init(_ record: LogRecord) throws(PoisonRecord) {
        let message = try PBSessionRecord(pushing: record)
        account = try AccountID(message.accountID, of: "account_id")
        device = try DeviceID(message.deviceID, of: "device_id")
        session = try SessionID(message.sessionID, of: "session_id")
        acknowledged = Offset(message.acknowledgedOffset)
        switch message.record {
        case .connected: kind = .connected
        case .disconnected: kind = .disconnected
        case .progressed, nil: kind = .progressed
        }
    }
}

extension SwiftProtobuf.Message {
    fileprivate init(pushing record: LogRecord) throws(PoisonRecord) {
        guard let value = record.value else {
            throw PoisonRecord(code: "tombstone", detail: "a record without a value")
        }
        do {
            self = try Self(serializedBytes: value)
        } catch {
            throw PoisonRecord(code: "undecodable", detail: "not a \(Self.protoMessageName)")
        }
    }
}

extension Identifier {
    fileprivate init(_ bytes: some Collection<UInt8>, of field: StaticString) throws(PoisonRecord) {
        guard let id = Self(bytes: bytes) else {
            throw PoisonRecord(code: "invalid_id", detail: "\(field) is not 16 bytes")
        }
        self = id
    }
}
