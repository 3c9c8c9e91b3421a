import Conversations
import Events
import GRDB
import Projections

/// The marks and ticks of one partition's conversations: in SQLite, with those in use in memory.
final class ReceiptsPartition {
    /// What is kept in memory.
    struct Bounds {
        /// Conversations at most, besides those that are not saved yet.
        var conversationsMax = 65_536
        /// Accounts of large conversations at most, besides those that are not saved yet.
        var participantsMax = 262_144
        /// A conversation of more accounts is large.
        var smallMax = 16
        /// Readers of channels, of those who were waiting, that are looked at after one batch, at most.
        var readersPerBatchMax = 1000
    }

    /// How long marks are held for a conversation that the timeline does not know, or of an account that is no member.
    static let heldMilliseconds = Limits.submissionAgeMax.milliseconds
    /// Conversations with something owed that are told of after one batch, at most.
    private static let owedPerBatchMax = 1000
    /// When so many records have been put out after a batch, what else is owed waits for the next.
    private static let owedRecordsMax = 10_000

    private let table: TicksTable
    private let database: any DatabaseReader
    private let bounds: Bounds
    private var states: StateCache<CachedTicks>
    private let channels: ChannelReads
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
    /// Conversations of which nothing was told while catching up; by name, for the same reason.
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
        channels = ChannelReads(
            partition,
            database,
            isFresh: isFresh,
            readersMax: bounds.conversationsMax,
            searchedPerBatchMax: bounds.readersPerBatchMax
        )
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

    /// Folds an event of the timeline in.
    func apply(_ event: TimelineEvent, by record: Origin, at time: Timestamp) throws {
        let entry = try conversation(event.conversation)
        // If it turns out to be a channel, it forgets what it holds.
        let held = entry.value.kind == nil ? entry.value.participants : []
        note(entry.value.apply(event), on: entry, by: record, at: time)
        guard entry.value.kind == .channel else { return }
        channels.advanced(entry.id)
        for reader in held {
            try channels.raise(
                reader.account,
                in: entry.id,
                to: reader.own.seq,
                at: reader.own.time
            )
        }
    }

    /// Folds marks in.
    func apply(_ receipt: Receipt, by record: Origin, at time: Timestamp) throws {
        let entry = try conversation(receipt.conversation)
        guard entry.value.kind == .channel else {
            return note(entry.value.apply(receipt), on: entry, by: record, at: time)
        }
        lastRecord = record
        try channels.raise(
            receipt.account,
            in: entry.id,
            to: receipt.read,
            at: receipt.serverTime.milliseconds
        )
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

    /// Everything has been read that was there at the opening: what was held may be told.
    func caughtUp() {
        isCatchingUp = false
        channels.caughtUp()
        owedInMemory = states.dirty.filter(\.value.isOwed).map(\.id)
        owedOnDiskAfter = isDiskUsable ? [] : nil
    }

    /// Whether `tell` may have something to tell.
    var mayTell: Bool {
        !due.isEmpty || !waiting.isEmpty || !owedInMemory.isEmpty || owedOnDiskAfter != nil
            || channels.mayTell
    }

    /// Tells of what the batch moved, of what waited long enough, and of some of what was held while catching up.
    ///
    /// - Returns: how many of the records are read marks.
    func tell(_ telling: Telling, _ outputs: inout Outputs) throws -> Int {
        var readMarks = 0
        let before = outputs.records.count
        let waited = waiting
        waiting = []
        for entry in due {
            entry.isDue = false
            readMarks += tell(entry, telling, &outputs)
        }
        due.removeAll(keepingCapacity: true)
        for id in waited { readMarks += tell(try conversation(id), telling, &outputs) }
        readMarks += try tellChannelReaders(telling, &outputs)
        let owed = try nextOwed(countMax: Self.owedPerBatchMax)
        for (index, id) in owed.enumerated() {
            let isFull = isSaveUrgent || outputs.records.count - before >= Self.owedRecordsMax
            guard index == 0 || !isFull else {
                owedInMemory += owed[index...]
                break
            }
            // What was told since the last checkpoint is still owed on disk, and no longer in memory.
            readMarks += tell(try conversation(id), telling, &outputs)
        }
        return readMarks
    }

    private func tell(_ entry: CachedTicks, _ telling: Telling, _ outputs: inout Outputs) -> Int {
        guard entry.value.isOwed else { return 0 }
        let before = outputs.records.count
        entry.tell(telling, cause: lastRecord, &outputs)
        let readMarks = entry.tellReaders(telling, cause: lastRecord, &outputs)
        if outputs.records.count > before { states.touch(entry) }
        if entry.value.isOwed { waiting.insert(entry.id) }
        return readMarks
    }

    private func tellChannelReaders(_ telling: Telling, _ outputs: inout Outputs) throws -> Int {
        guard channels.mayTell else { return 0 }
        let before = outputs.records.count
        try channels.tell { channel in
            try conversation(channel).value.lastSeq
        } body: { id, own in
            outputs.append(
                telling.readMark(of: id.account, in: id.channel, own, cause: lastRecord)
            )
        }
        return outputs.records.count - before
    }

    /// The next conversations of which something was held while catching up.
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
        try channels.save(database)
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
        channels.saved()
        if isSaveUrgent { forgetClean() }
        forgettingWeight = bounds.participantsMax
    }
}
