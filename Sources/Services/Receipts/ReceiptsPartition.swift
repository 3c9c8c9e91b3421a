import Conversations
import Events
import GRDB
import Projections

/// The ticks of one partition's conversations: in SQLite, with those in use in memory.
final class ReceiptsPartition {
    /// What is kept in memory.
    struct Bounds {
        /// Conversations at most, besides those that are not saved yet.
        var conversationsMax = 65_536
        /// Accounts of large conversations at most, besides those that are not saved yet.
        var participantsMax = 262_144
        /// A conversation of more accounts is large.
        var smallMax = 16
    }

    /// How long marks are held for a conversation that the timeline does not know, or of an account that is no member.
    static let heldMilliseconds = Limits.submissionAgeMax.milliseconds
    /// Conversations with owed ticks that are told of after one batch, at most.
    private static let owedPerBatchMax = 1000

    private let table: TicksTable
    private let database: any DatabaseReader
    private let bounds: Bounds
    private var states: StateCache<CachedTicks>
    /// The weight of all that may be in memory: accounts of large conversations.
    private var weight = 0
    /// Everything clean is forgotten when the weight is above.
    private var forgettingWeight: Int
    private var isDiskUsable: Bool
    private var newest: Int64 = 0
    private var prunedUntil: Int64 = 0
    /// Whether what was there at the opening has not all been read.
    private var isCatchingUp = true
    /// What the batch that is being applied has moved.
    private var due: [CachedTicks] = []
    /// Groups with members that are told later.
    ///
    /// By name: a state that is saved meanwhile may leave the memory, and what is loaded then is the newer one.
    private var waiting: Set<ConversationID> = []
    /// Conversations whose ticks were held while catching up; by name, for the same reason.
    private var owedInMemory: [ConversationID] = []
    /// Owed conversations on disk are told of from here on; `nil`: no more.
    private var owedOnDiskAfter: [UInt8]?
    /// The newest record.
    private var lastRecord: Origin

    init(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool,
        bounds: Bounds = Bounds()
    ) {
        table = TicksTable(partition: partition)
        self.database = database
        self.bounds = bounds
        isDiskUsable = !isFresh
        states = StateCache(statesMax: bounds.conversationsMax)
        forgettingWeight = bounds.participantsMax
        lastRecord = Origin(
            topicNumber: Topic.receipts.number,
            partition: partition,
            offset: Offset(0)
        )
    }

    // MARK: States

    /// A conversation's state: from memory, from disk, or new.
    func conversation(_ id: ConversationID) throws -> CachedTicks {
        if let entry = states.find(id) { return entry }
        let stored = isDiskUsable ? try table.load(id, database) : nil
        let entry = CachedTicks(id, stored ?? ConversationTicks())
        weigh(entry)
        states.insert(entry)
        return entry
    }

    /// Notes what a record of this time did to a conversation.
    func note(
        _ effect: ConversationTicks.Effect,
        on entry: CachedTicks,
        by record: Origin,
        at time: Timestamp
    ) {
        lastRecord = record
        guard effect != .nothing else { return }
        newest = max(newest, time.milliseconds)
        states.touch(entry)
        weigh(entry)
        guard effect == .moved else { return }
        entry.cause = record
        guard !isCatchingUp, !entry.isDue else { return }
        entry.isDue = true
        due.append(entry)
    }

    private func weigh(_ entry: CachedTicks) {
        let count = entry.value.count
        guard count > bounds.smallMax, count != entry.weight else { return }
        weight += count - entry.weight
        entry.weight = count
        if weight > forgettingWeight { forgetClean() }
    }

    /// Forgets what is on disk as it is in memory.
    private func forgetClean() {
        let dirty = states.dirty
        states = StateCache(statesMax: bounds.conversationsMax)
        weight = 0
        for entry in dirty {
            entry.isDirty = false
            states.insert(entry)
            states.touch(entry)
            weight += entry.weight
        }
        // What is left can't be forgotten before it is saved.
        forgettingWeight = max(bounds.participantsMax, 2 * weight)
    }

    /// Whether so much is in memory that can't be forgotten before it is saved.
    var isSaveUrgent: Bool { weight > bounds.participantsMax }

    // MARK: Telling

    /// Everything has been read that was there at the opening: ticks that were held may be told.
    func caughtUp() {
        isCatchingUp = false
        owedInMemory = states.dirty.filter(\.value.isOwed).map(\.id)
        owedOnDiskAfter = isDiskUsable ? [] : nil
    }

    /// Whether `tell` may have something to tell.
    var mayTell: Bool {
        !due.isEmpty || !waiting.isEmpty || !owedInMemory.isEmpty || owedOnDiskAfter != nil
    }

    /// Tells of what the batch moved, of what waited long enough, and of some of what was held while catching up.
    func tell(_ telling: Telling, _ outputs: inout Outputs) throws {
        let waited = waiting
        waiting = []
        for entry in due {
            entry.isDue = false
            tell(entry, telling, &outputs)
        }
        due.removeAll(keepingCapacity: true)
        for id in waited { tell(try conversation(id), telling, &outputs) }
        let owed = try nextOwed(countMax: Self.owedPerBatchMax)
        for (index, id) in owed.enumerated() {
            guard index == 0 || !isSaveUrgent else {
                owedInMemory += owed[index...]
                break
            }
            // What was told since the last checkpoint is still owed on disk, and no longer in memory.
            tell(try conversation(id), telling, &outputs)
        }
    }

    private func tell(_ entry: CachedTicks, _ telling: Telling, _ outputs: inout Outputs) {
        guard entry.value.isOwed else { return }
        let before = outputs.records.count
        entry.tell(telling, cause: lastRecord, &outputs)
        if outputs.records.count > before { states.touch(entry) }
        if entry.value.isOwed { waiting.insert(entry.id) }
    }

    /// The next conversations with ticks that were held while catching up.
    func nextOwed(countMax: Int) throws -> [ConversationID] {
        if !owedInMemory.isEmpty {
            let next = Array(owedInMemory.suffix(countMax))
            owedInMemory.removeLast(next.count)
            return next
        }
        guard let last = owedOnDiskAfter else { return [] }
        let ids = try table.owed(after: last, countMax: countMax, database)
        owedOnDiskAfter = ids.count < countMax ? nil : ids.last?.bytes
        return ids
    }

    // MARK: Saving

    /// Writes what has changed.
    func save(_ database: Database) throws {
        if !isDiskUsable { try table.clear(database) }
        try table.save(states.dirty, now: newest, database)
        let horizon = newest - Self.heldMilliseconds
        // The timeline may be far behind the receipts until it has been read.
        guard !isCatchingUp, horizon > prunedUntil else { return }
        try table.prune(before: horizon, database)
        prunedUntil = horizon + 60 * 60 * 1000
    }

    /// Everything that has changed is on disk.
    func saved() {
        isDiskUsable = true
        for entry in states.dirty { entry.value.changesSaved() }
        states.saved()
        if isSaveUrgent { forgetClean() }
        forgettingWeight = bounds.participantsMax
    }
}
