import Events
import GRDB
import Projections

/// How far accounts have read the channels of one partition: in SQLite, with those who read now in memory.
///
/// A channel may have a million followers, so nothing here ever looks at all of them: a mark costs its reader's row. Who has read
/// further than the timeline has shown, or was not told while catching up, is found by an index when the time has come.
final class ChannelReads {
    /// A channel that is gone through for readers that are to be told.
    private struct Search {
        /// Those on disk come after this account.
        var after: [UInt8] = []
        /// Whether those that are not on disk have been looked at.
        var isBegun = false
        /// Whether there are more events now than when it began.
        var isOutdated = false
        /// Whether somebody was found who has read further than there is.
        var hasFoundAhead = false
    }

    private let table: ChannelReadsTable
    private let database: any DatabaseReader
    private let searchedPerBatchMax: Int
    private var states: StateCache<ChannelReader>
    private var isDiskUsable: Bool
    private var isCatchingUp = true
    /// Whether the disk has not been asked yet which channels it has readers of that are ahead.
    private var mustAskDisk = false
    /// Who read something in this batch.
    private var due: [ChannelReader] = []
    /// Channels with readers that may be further than there is to read.
    private var ahead: Set<ConversationID> = []
    private var searches: [ConversationID: Search] = [:]

    init(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool,
        readersMax: Int,
        searchedPerBatchMax: Int
    ) {
        table = ChannelReadsTable(partition: partition)
        self.database = database
        self.searchedPerBatchMax = searchedPerBatchMax
        isDiskUsable = !isFresh
        states = StateCache(statesMax: readersMax)
    }

    private func reader(_ id: ChannelReader.ID) throws -> ChannelReader {
        if let reader = states.find(id) { return reader }
        let stored = isDiskUsable ? try table.load(id, database) : nil
        let reader = ChannelReader(id, stored ?? OwnRead())
        states.insert(reader)
        return reader
    }

    // MARK: Records

    /// Folds an account's mark in.
    func raise(
        _ account: AccountID,
        in channel: ConversationID,
        to seq: UInt64,
        at time: Int64
    ) throws {
        guard seq > 0 else { return }
        let reader = try reader(ChannelReader.ID(channel: channel, account: account))
        guard reader.own.raise(to: seq, at: time) else { return }
        states.touch(reader)
        guard !isCatchingUp, !reader.isDue else { return }
        reader.isDue = true
        due.append(reader)
    }

    /// The channel has another event.
    func advanced(_ channel: ConversationID) {
        guard ahead.contains(channel) else { return }
        if searches[channel]?.isBegun == true {
            searches[channel]?.isOutdated = true
        } else {
            searches[channel] = Search()
        }
    }

    // MARK: Telling

    /// Everything has been read that was there at the opening: readers may be told.
    func caughtUp() {
        isCatchingUp = false
        mustAskDisk = isDiskUsable
        for reader in states.dirty where reader.own.isAhead { search(reader.id.channel) }
    }

    private func search(_ channel: ConversationID) {
        ahead.insert(channel)
        searches[channel] = searches[channel] ?? Search()
    }

    /// Whether `tell` may have something to tell.
    var mayTell: Bool { !due.isEmpty || !searches.isEmpty || mustAskDisk }

    /// Hands over the readers of this batch, and some of those who were waiting, that are to be told.
    func tell(
        upTo lastSeq: (ConversationID) throws -> UInt64,
        body: (ChannelReader.ID, OwnRead) -> Void
    ) throws {
        for reader in due {
            reader.isDue = false
            tell(reader, upTo: try lastSeq(reader.id.channel), body)
            guard reader.own.isAhead else { continue }
            ahead.insert(reader.id.channel)
            searches[reader.id.channel]?.hasFoundAhead = true
        }
        due.removeAll(keepingCapacity: true)
        if mustAskDisk {
            mustAskDisk = false
            for channel in try table.channelsAhead(database) { search(channel) }
        }
        guard !searches.isEmpty else { return }
        var seqs: [ConversationID: UInt64] = [:]
        for channel in searches.keys { seqs[channel] = try lastSeq(channel) }
        searchMemory(seqs, body)
        try searchDisk(seqs, body)
    }

    private func tell(
        _ reader: ChannelReader,
        upTo last: UInt64,
        _ body: (ChannelReader.ID, OwnRead) -> Void
    ) {
        guard reader.own.hasNews(upTo: last) else { return }
        reader.own.tell(upTo: last)
        states.touch(reader)
        body(reader.id, reader.own)
    }

    /// Looks at those of whom the disk has nothing, or something older.
    private func searchMemory(
        _ seqs: [ConversationID: UInt64],
        _ body: (ChannelReader.ID, OwnRead) -> Void
    ) {
        guard searches.values.contains(where: { !$0.isBegun }) else { return }
        for reader in states.dirty {
            let channel = reader.id.channel
            guard let search = searches[channel], !search.isBegun, let last = seqs[channel] else {
                continue
            }
            tell(reader, upTo: last, body)
            if reader.own.isAhead { searches[channel]?.hasFoundAhead = true }
        }
        for channel in searches.keys { searches[channel]?.isBegun = true }
    }

    private func searchDisk(
        _ seqs: [ConversationID: UInt64],
        _ body: (ChannelReader.ID, OwnRead) -> Void
    ) throws {
        var left = searchedPerBatchMax
        for (channel, last) in seqs where left > 0 {
            guard var search = searches[channel] else { continue }
            let accounts =
                isDiskUsable
                ? try table.accountsAhead(
                    in: channel,
                    after: search.after,
                    countMax: left,
                    database
                ) : []
            for account in accounts {
                let reader = try reader(ChannelReader.ID(channel: channel, account: account))
                tell(reader, upTo: last, body)
                if reader.own.isAhead { search.hasFoundAhead = true }
            }
            if accounts.count == left, let account = accounts.last {
                search.after = account.bytes
                searches[channel] = search
            } else {
                finish(search, of: channel)
            }
            left -= accounts.count
        }
    }

    private func finish(_ search: Search, of channel: ConversationID) {
        searches[channel] = search.isOutdated ? Search() : nil
        if !search.isOutdated, !search.hasFoundAhead { ahead.remove(channel) }
    }

    // MARK: Saving

    /// Writes what has changed.
    func save(_ database: Database) throws {
        if !isDiskUsable { try table.clear(database) }
        try table.save(states.dirty, database)
    }

    /// Everything that has changed is on disk.
    func saved() {
        isDiskUsable = true
        states.saved()
    }
}
