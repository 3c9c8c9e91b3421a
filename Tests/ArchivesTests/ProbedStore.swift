import Events
import Stores

@testable import Archives

/// What an archiver sees of a store, with probes of a test before and after what changes something.
struct ProbedStore: ArchiverStore {
    enum Call: Sendable {
        case record, drop
    }

    let base: any ArchiverStore
    var before: @Sendable (Call) throws -> Void = { _ in }
    var after: @Sendable (Call) throws -> Void = { _ in }
    /// What becomes of rows on their way out.
    var change: @Sendable (ConversationID, [StoreRow]) -> [StoreRow] = { _, rows in rows }

    init(_ store: any HotStore) {
        base = ArchivedHotStore(store: store)
    }

    func archivable(
        after conversation: ConversationID?,
        before end: Timestamp,
        limit: Int
    ) throws -> (found: [ArchivableConversation], next: ConversationID?) {
        // A page of one, so that there are many.
        try base.archivable(after: conversation, before: end, limit: 1)
    }

    func archivableRows(
        of conversation: ConversationID,
        after seq: Int64,
        before end: Timestamp,
        limit: Int
    ) throws -> [StoreRow] {
        let rows = try base.archivableRows(of: conversation, after: seq, before: end, limit: limit)
        return change(conversation, rows)
    }

    func archivedSegments(
        after last: (conversation: ConversationID, seq: Int64)?,
        limit: Int
    ) throws -> [ArchivedSegment] {
        try base.archivedSegments(after: last, limit: limit)
    }

    func record(_ archive: StoredArchive, _ segments: [ArchivedSegment]) throws {
        try before(.record)
        try base.record(archive, segments)
        try after(.record)
    }

    func dropArchived(
        of conversation: ConversationID,
        keeping newest: Int,
        limit: Int
    ) throws -> Int {
        try before(.drop)
        let count = try base.dropArchived(of: conversation, keeping: newest, limit: limit)
        try after(.drop)
        return count
    }
}
