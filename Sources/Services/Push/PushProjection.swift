import Accounts
import Conversations
public import EventLog
public import Events
public import GRDB
import Logging
import Metrics
public import Projections

/// Folds inbox, sessions and accounts, and notifies whoever has not got a message in time.
///
/// It puts nothing into the log. Notifications go out in `batchApplied`; what still waits, for whom, and the positions are
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
        /// What may wait at once, in accounts; beyond, decisions are made on what is known.
        ///
        /// A message to a group counts once, and for those of its members who are looked at again. Default 200,000.
        public var pendingMax: Int = 200_000
        /// Notifications handed over at once, of a partition; and accounts looked at for them.
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
        /// The defaults.
        public init() {}
    }

    /// The consumer group.
    public let name = "push"
    /// Inbox, sessions, accounts.
    public let topics: [Topic] = [.inbox, .sessions, .accounts]
    /// The tables.
    public let migrations = PushTables.migrations

    let options: Options
    let provider: any PushProvider
    let clock: any WallClock
    let logger: Logger
    let metrics = PushMetrics()
    private let log: any PushLog
    private let partitionCount: Int

    private var partitions: [Partition: HeldPartition] = [:]
    private var filters = PartitionFilters()
    private(set) var book = AccountBook()
    private(set) var database: (any DatabaseReader)?
    var pausedUntil: Timestamp?

    init(
        provider: any PushProvider,
        log: any PushLog,
        partitionCount: Int,
        clock: any WallClock,
        options: Options = Options(),
        logger: Logger = Logger(label: "push")
    ) {
        self.provider = provider
        self.log = log
        self.partitionCount = partitionCount
        self.clock = clock
        self.options = options
        self.logger = logger
    }

    // MARK: Partitions

    /// Loads who is where and in which group, and what waits.
    public func open(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool
    ) throws -> [Topic: StartPosition] {
        self.database = database
        try filters.open(TopicPartition(.inbox, partition), database, isFresh: isFresh)
        let stored = try database.read { try PushTables.progress(of: partition, in: $0) }
        let waiting = WaitingRoom(settle: options.settle, grace: options.grace)
        var opened = PushPartition(waiting: waiting)
        if !isFresh {
            opened = try database.read { try load(partition, stored?.progress, waiting, $0) }
        }
        let held = HeldPartition(partition, opened, isFresh: isFresh)
        if isFresh || stored?.hasMembers != true {
            // The inbox may not reach back to when everybody came.
            for change in try log.memberships(of: partition) { held.fold(change) }
        }
        partitions[partition] = held
        return [:]
    }

    private func load(
        _ partition: Partition,
        _ progress: PushPartition.Progress?,
        _ waiting: WaitingRoom,
        _ database: Database
    ) throws -> PushPartition {
        let limit = options.presencesMax
        let presences = try PushTables.presences(of: partition, limit: limit, in: database)
        var opened = PushPartition(
            waiting: waiting,
            members: try PushTables.members(of: partition, in: database),
            presences: presences,
            isComplete: presences.count < limit,
            progress: progress ?? PushPartition.Progress()
        )
        for post in try PushTables.waiting(of: partition, in: database) {
            if let account = post.onlyAccount, opened.isMissing(account) {
                let presence = try PushTables.presence(of: account, in: partition, database)
                opened.setPresence(presence ?? Presence(), of: account)
            }
            opened.waiting.enter(post)
        }
        return opened
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
            held.state.noteAccount(at: record.offset)
            try applyAccount(record, held)
        }
    }

    private func noteInbox(_ offset: Offset, _ held: HeldPartition) {
        guard held.state.noteInbox(offset) else { return }
        logger.warning("the inbox was made anew", metadata: ["partition": "\(held.number)"])
        held.changes.forgetsAcknowledged = true
    }

    private func applyInbox(_ record: LogRecord, _ held: HeldPartition) throws {
        switch try InboxNews(record) {
        case .nothing: break
        case .read(let read):
            try load(read.account, held)
            noteGone(held.move(held.state.note(read)))
        case .event(let event):
            guard filters.admit(event.origin, from: record.topicPartition) else { return }
            for change in event.memberChanges(at: record.timestamp) { held.fold(change) }
            if let seq = event.takenBack {
                let gone = held.state.waiting.takeBack(seq, in: event.event.conversation)
                noteGone(held.move(WaitingRoom.Moves(left: gone)))
            }
            try enter(event, record, held)
        }
    }

    private func enter(
        _ event: InboxEvent,
        _ record: LogRecord,
        _ held: HeldPartition
    ) throws {
        let audience = event.audience {
            Partitioner.partition(of: $0, count: partitionCount) == held.number
        }
        guard let audience else { return }
        let now = clock.now()
        guard now - record.timestamp <= options.ageMax else {
            metrics.expired.increment()
            return
        }
        var post = WaitingPost(
            offset: record.offset,
            kind: .added,
            conversation: event.event.conversation,
            seq: event.event.seq,
            event: event.event.submission,
            sender: event.event.sender,
            origin: event.origin,
            time: min(record.timestamp, now),
            serverTime: event.event.serverTime,
            audience: audience
        )
        if case .messagePosted(let message) = event.event.body {
            post.kind = .message
            post.expiresAt = message.expiresAt
        }
        if case .accounts(let accounts) = audience {
            for account in accounts { try load(account, held) }
        }
        if held.state.enter(post) { held.changes.entered.insert(post.offset) }
    }

    private func applySession(_ record: LogRecord, _ held: HeldPartition) throws {
        let change = try SessionChange(record)
        try load(change.account, held)
        let gone = held.state.note(change, at: record.offset)
        held.changes.presences.insert(change.account)
        noteGone(held.move(WaitingRoom.Moves(left: gone)))
    }

    private func applyAccount(_ record: LogRecord, _ held: HeldPartition) throws {
        let event = try AccountEvent(record)
        switch event.change {
        case .deviceAdded(let device, _): book.add(device, to: event.account)
        case .deviceRemoved(let device):
            book.remove(device, from: event.account)
            try load(event.account, held)
            if held.state.remove(device, of: event.account) {
                held.changes.presences.insert(event.account)
            }
        case .preferences(let conversation, let change):
            guard let until = change.mutedUntil else { return }
            book.mute(conversation, of: event.account, until: until)
        default: break
        }
    }

    private func noteGone(_ count: Int) {
        if count > 0 { metrics.acknowledged.increment(by: count) }
    }

    /// Brings an account into memory that is on disk only.
    private func load(_ account: AccountID, _ held: HeldPartition) throws {
        guard held.state.isMissing(account), let database else { return }
        try database.read { try load(account, held, $0) }
    }

    func load(_ account: AccountID, _ held: HeldPartition, _ database: Database) throws {
        guard held.state.isMissing(account) else { return }
        var presence =
            try PushTables.presence(of: account, in: held.number, database) ?? Presence()
        if held.changes.forgetsAcknowledged { presence.acknowledged = Offset(0) }
        held.state.setPresence(presence, of: account)
    }

    // MARK: Deciding

    /// Notifies whoever is due.
    public func batchApplied(_ outputs: inout Outputs) throws {
        let now = clock.now()
        let inOrder = partitions.values.sorted { $0.number < $1.number }
        var size = 0
        for held in inOrder {
            decide(held, now)
            size += held.state.waiting.size
        }
        metrics.pending.record(size)
        if size > options.pendingMax { relieve(now) }
        if let pausedUntil, now < pausedUntil, pausedUntil - now <= options.providerPause {
            return
        }
        pausedUntil = nil
        for held in inOrder where held.state.waiting.hasDue { try notifyDue(held, now) }
    }

    private func decide(_ held: HeldPartition, _ now: Timestamp) {
        if held.state.needsEnds(now: now) {
            // While the broker is away nothing is decided until it says how far the topics reach.
            held.state.answer(try? ends(of: held.number), at: now)
        }
        held.state.decide()
    }

    private func ends(of partition: Partition) throws -> PushPartition.Ends {
        PushPartition.Ends(
            sessions: try log.ends(of: TopicPartition(.sessions, partition)),
            accounts: try log.ends(of: TopicPartition(.accounts, partition))
        )
    }

    /// Too many wait: a notification too many is better than memory without bound or a message untold.
    private func relieve(_ now: Timestamp) {
        metrics.relieved.increment()
        for held in partitions.values { held.state.waiting.decide(until: now) }
    }

    // MARK: Checkpoint

    /// Writes what changed.
    public func save(_ database: Database) throws {
        try filters.save(database)
        try book.save(database)
        let keptSince = clock.now() - options.ageMax
        for held in partitions.values { try held.save(database, keptSince: keptSince) }
    }

    /// What changed is on disk.
    public func saved() {
        book.saved()
        for held in partitions.values {
            held.changes = HeldPartition.Changes()
            held.state.forget(above: options.presencesMax)
        }
    }
}
