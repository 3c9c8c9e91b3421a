public import Events

extension SQLStoreReader {
    /// Conversations after one, in their order, that have events before `end` which are in no archive.
    public func archivable(
        after conversation: ConversationID?,
        before end: Timestamp,
        limit: Int
    ) throws -> (found: [ArchivableConversation], next: ConversationID?) {
        try read {
            try ArchiveCatalogue(database: $0)
                .archivable(after: conversation, before: end, limit: limit)
        }
    }

    /// Rows of table `events` of a conversation, after a seq, accepted before `end`, in order.
    public func archivableRows(
        of conversation: ConversationID,
        after seq: Int64,
        before end: Timestamp,
        limit: Int
    ) throws -> [StoreRow] {
        try read {
            try ArchiveCatalogue(database: $0)
                .rows(of: conversation, after: seq, before: end, limit: limit)
        }
    }

    /// The archives that the store relies on, in the order of their keys, after one.
    public func archives(after key: String?, limit: Int) throws -> [StoredArchive] {
        try read { try ArchiveCatalogue(database: $0).archives(after: key, limit: limit) }
    }

    /// The segments of conversations after one, in the order of conversation and seq; `limit` of them at most.
    public func archivedSegments(
        after last: (conversation: ConversationID, seq: Int64)?,
        limit: Int
    ) throws -> [ArchivedSegment] {
        try read { try ArchiveCatalogue(database: $0).segments(after: last, limit: limit) }
    }

    /// Archived rows as the table would hold them: what a message said before it was changed is dropped.
    public func folded(_ rows: [StoreRow]) throws -> [StoreRow] {
        try read { try ArchiveCatalogue(database: $0).folded(rows) }
    }
}
