public import Events

/// A store whose tables are changed in SQL: all that the engines have in common besides batches.
///
/// An implementation gives a transaction to write in.
public protocol SQLHotStore: HotStore, SQLStoreReader {
    /// Runs `body` in a transaction that writes; may block.
    ///
    /// - Throws: `StoreError`, or what `body` throws; then nothing was written.
    func write<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value
}

extension SQLHotStore {
    /// Nothing: nothing is left out.
    public func finishBuilding() throws {}

    /// Drops the contents of messages that have disappeared by `now`, some at a time; blocks.
    public func dropDisappeared(by now: Timestamp) throws -> Int {
        var total = 0
        while true {
            let count = try write { try Disappearing(database: $0).drop(by: now) }
            total += count
            if count < Disappearing.droppedPerTransactionMax { return total }
        }
    }

    /// Indexes what some events say, in one transaction; blocks.
    public func indexTexts(limit: Int) throws -> Int {
        try write { try SearchIndexing.run(limit: limit, $0) }
    }

    /// Notes an archive, in one transaction; one that is known already changes nothing.
    public func record(_ archive: StoredArchive, _ segments: [ArchivedSegment]) throws {
        try write { try ArchiveCatalogue(database: $0).record(archive, segments) }
    }

    /// Drops events of a conversation that an archive has, but for its newest ones; `limit` of them at most.
    ///
    /// It writes, and waits for who else does, only where there are some.
    public func dropArchived(
        of conversation: ConversationID,
        keeping newest: Int,
        limit: Int
    ) throws -> Int {
        let end = try read {
            try ArchiveCatalogue(database: $0).droppableSeq(of: conversation, keeping: newest)
        }
        guard end != nil else { return 0 }
        // What is dropped is decided anew: another state of the store may be written than was read.
        return try write {
            try ArchiveCatalogue(database: $0)
                .dropArchived(of: conversation, keeping: newest, limit: limit)
        }
    }
}
