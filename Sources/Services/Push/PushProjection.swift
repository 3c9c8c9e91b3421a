public import EventLog
public import Events
public import GRDB
public import Logging
import Metrics
public import Projections

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

    /// A partition's state, and what changed of it since the last checkpoint.
    private final class HeldPartition {
        let number: Partition
        var state: PushPartition
        var changes: Changes

        init(_ number: Partition, _ state: PushPartition, isFresh: Bool) {
            self.number = number
            self.state = state
            changes = Changes(isFresh: isFresh)
        }

        func leave(_ offsets: [Offset]) {
            for offset in offsets where changes.entered.remove(offset) == nil {
                changes.left.insert(offset)
            }
        }
    }

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

    private var partitions: [Partition: HeldPartition] = [:]
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
            partitions[partition] = HeldPartition(
                partition,
                PushPartition(waiting: waiting),
                isFresh: true
            )
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
        partitions[partition] = HeldPartition(partition, opened, isFresh: false)
        return [:]
    }

    /// Forgets the partition; its last checkpoint is written.
    public func close(_ partition: Partition) {
        partitions[partition] = nil
        filters.close(TopicPartition(.inbox, partition))
    }

    // MARK: Records

    /// Folds a record in; nothing is decided here.
    public func apply(_ record: LogRecord, _ outputs: inout Outputs) throws {
        guard let held = partitions[record.topicPartition.partition] else { return }
        held.changes.hasMoved = true
        switch record.topicPartition.topic {
        case .inbox:
            noteInbox(record.offset, held)
            try applyInbox(record, held)
        case .sessions:
            held.state.skipSession(at: record.offset)
            try applySession(record, held)
        default:
            try applyAccount(record)
        }
    }

    private func noteInbox(_ offset: Offset, _ held: HeldPartition) {
        guard held.state.noteInbox(offset) else { return }
        logger.warning("the inbox was made anew", metadata: ["partition": "\(held.number)"])
        held.changes.forgetsAcknowledged = true
    }

    private func applyInbox(_ record: LogRecord, _ held: HeldPartition) throws {
        guard let message = try InboxPost(record) else { return }
        guard filters.admit(message.origin, from: record.topicPartition) else { return }
        // The partition may be the sender's alone.
        guard message.recipient != message.sender,
            Partitioner.partition(of: message.recipient, count: partitionCount) == held.number
        else { return }
        let now = clock.now()
        guard now - record.timestamp <= options.ageMax else {
            metrics.expired.increment()
            return
        }
        try load(message.recipient, held)
        let entry = PendingNotification(
            offset: record.offset,
            account: message.recipient,
            conversation: message.conversation,
            messageID: message.id,
            origin: message.origin,
            time: min(record.timestamp, now)
        )
        if held.state.enter(entry) { held.changes.entered.insert(entry.offset) }
    }

    private func applySession(_ record: LogRecord, _ held: HeldPartition) throws {
        let change = try SessionChange(record)
        try load(change.account, held)
        let gone = held.state.note(change, at: record.offset)
        held.changes.presences.insert(change.account)
        guard !gone.isEmpty else { return }
        held.leave(gone)
        metrics.acknowledged.increment(by: gone.count)
    }

    private func applyAccount(_ record: LogRecord) throws {
        if let (account, device) = try record.addedDevice() { devices.append((account, device)) }
    }

    /// Brings an account into memory that is on disk only.
    private func load(_ account: AccountID, _ held: HeldPartition) throws {
        guard held.state.isMissing(account), let database else { return }
        let number = held.number
        var presence =
            try database.read { try PushTables.presence(of: account, in: number, $0) }
            ?? Presence()
        if held.changes.forgetsAcknowledged { presence.acknowledged = Offset(0) }
        held.state.setPresence(presence, of: account)
    }

    // MARK: Deciding

    /// Notifies whoever is due.
    public func batchApplied(_ outputs: inout Outputs) throws {
        let now = clock.now()
        let inOrder = partitions.values.sorted { $0.number < $1.number }
        var count = 0
        for held in inOrder {
            decide(held, now)
            count += held.state.waiting.count
        }
        metrics.pending.record(count)
        if count > options.pendingMax { relieve(now) }
        if let pausedUntil, now < pausedUntil, pausedUntil - now <= options.providerPause {
            return
        }
        pausedUntil = nil
        for held in inOrder where held.state.waiting.hasDue { try notifyDue(held, now) }
    }

    private func decide(_ held: HeldPartition, _ now: Timestamp) {
        if held.state.needsEnds(now: now) {
            // While the broker is away nothing is decided until it says how far `sessions` reaches.
            held.state.answer(try? ends.ends(of: held.number), at: now)
        }
        held.state.decide()
    }

    /// Too many wait: a notification too many is better than memory without bound or a message untold.
    private func relieve(_ now: Timestamp) {
        metrics.relieved.increment()
        for held in partitions.values { held.state.decide(until: now) }
    }

    private func notifyDue(_ held: HeldPartition, _ now: Timestamp) throws {
        let due = held.state.waiting.firstDue(options.notificationsPerCall)
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
        held.state.waiting.notified(due)
        held.leave(due.map(\.offset))
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
        for held in partitions.values { try save(held, database) }
    }

    private func save(_ held: HeldPartition, _ database: Database) throws {
        let (partition, changed, state) = (held.number, held.changes, held.state)
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
        for held in partitions.values {
            held.changes = Changes()
            held.state.forget(above: options.presencesMax)
        }
    }
}
