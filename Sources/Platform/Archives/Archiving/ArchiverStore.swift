import Events
import Stores

/// What an archiver needs of a hot store; every call blocks.
protocol ArchiverStore: Sendable {
    func archivable(
        after conversation: ConversationID?,
        before end: Timestamp,
        limit: Int
    ) throws -> (found: [ArchivableConversation], next: ConversationID?)

    func archivableRows(
        of conversation: ConversationID,
        after seq: Int64,
        before end: Timestamp,
        limit: Int
    ) throws -> [StoreRow]

    func archivedSegments(
        after last: (conversation: ConversationID, seq: Int64)?,
        limit: Int
    ) throws -> [ArchivedSegment]

    func record(_ archive: StoredArchive, _ segments: [ArchivedSegment]) throws

    func dropArchived(
        of conversation: ConversationID,
        keeping newest: Int,
        limit: Int
    ) throws -> Int
}

/// Any hot store.
struct ArchivedHotStore: ArchiverStore {
    let store: any HotStore

    func archivable(
        after conversation: ConversationID?,
        before end: Timestamp,
        limit: Int
    ) throws -> (found: [ArchivableConversation], next: ConversationID?) {
        try store.archivable(after: conversation, before: end, limit: limit)
    }

    func archivableRows(
        of conversation: ConversationID,
        after seq: Int64,
        before end: Timestamp,
        limit: Int
    ) throws -> [StoreRow] {
        try store.archivableRows(of: conversation, after: seq, before: end, limit: limit)
    }

    func archivedSegments(
        after last: (conversation: ConversationID, seq: Int64)?,
        limit: Int
    ) throws -> [ArchivedSegment] {
        try store.archivedSegments(after: last, limit: limit)
    }

    func record(_ archive: StoredArchive, _ segments: [ArchivedSegment]) throws {
        try store.record(archive, segments)
    }

    func dropArchived(
        of conversation: ConversationID,
        keeping newest: Int,
        limit: Int
    ) throws -> Int {
        try store.dropArchived(of: conversation, keeping: newest, limit: limit)
    }
}
