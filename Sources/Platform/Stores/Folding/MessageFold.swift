import Conversations
import Events
import SwiftProtobuf

/// Folds what one event does to a message.
///
/// `scope` tells for whom: empty for everybody, or the account whose withheld event it was, which alone may see it. Once there is something
/// newer for everybody, the account's own version is dropped.
struct MessageFold {
    let database: StoreConnection
    let event: TimelineEvent
    /// The seq of the message.
    private(set) var seq: Int64
    let scope: [UInt8]

    /// The message that an event posts or is about.
    init(_ database: StoreConnection, _ event: TimelineEvent) {
        self.database = database
        self.event = event
        var seq = event.messageSeq
        if case .messagePosted = event.body { seq = event.seq }
        self.seq = Int64(clamping: seq)
        scope = event.isWithheld ? event.sender.bytes : []
    }

    /// A message that was posted disappears: its content is kept where it can be dropped.
    func keep(_ content: ArraySlice<UInt8>, until expiry: Timestamp) throws {
        try upsert(Change(content: Array(content)), expires: expiry)
    }

    func apply(_ action: ConversationAction) throws {
        switch action {
        case .editMessage(_, let content):
            guard let target = try target() else { return }
            try change(target, Change(edited: event.serverTime, content: Array(content)))
        case .moveLiveLocation(_, let location):
            guard let target = try target() else { return }
            let content = try content(of: target).flatMap { Self.moved($0, to: location) }
            try change(target, Change(moved: event.serverTime, content: content))
        case .deleteMessage:
            guard let target = try target() else { return }
            try change(target, Change(deleted: event.serverTime))
            if !event.isWithheld { try run("DELETE FROM pins WHERE \(Self.place)") }
        case .react(_, let emoji): try TallyFold.reactions(self).set(emoji)
        case .vote(_, let options): try TallyFold.votes(self).set(options)
        case .pin(let id, let isPinned):
            var fold = self
            if seq == 0 { fold.seq = try pinned(id) ?? 0 }
            try fold.pin(id, isPinned)
        default: break
        }
    }

    /// Names the message in a condition; binds the first two places.
    static let place = "conversation = ?1 AND message_seq = ?2"

    /// Runs a statement with the message at its first two places.
    func run(_ sql: String, _ bind: (BoundStatement) -> Void = { _ in }) throws {
        let statement = try BoundStatement(database, sql)
        statement.bind(1, event.conversation)
        statement.bind(2, seq)
        bind(statement)
        try statement.run()
    }

    // MARK: Contents

    /// The message's own row.
    private struct Target {
        var isAside: Bool
        var content: [UInt8]
        var expires: Timestamp?
    }

    /// What is changed about a message.
    private struct Change {
        var edited: Timestamp?
        var moved: Timestamp?
        var deleted: Timestamp?
        var content: [UInt8]?
    }

    /// The message; `nil` if the log has lost it.
    private func target() throws -> Target? {
        let query = try BoundStatement(
            database,
            "SELECT content, details FROM events WHERE conversation = ? AND seq = ? AND kind = 16"
        )
        query.bind(1, event.conversation)
        query.bind(2, seq)
        if let (content, details) = try query.first({ ($0.bytes(0), $0.bytes(1)) }) {
            let expires = try EventRow.expiry(inDetails: details)
            return Target(isAside: false, content: content, expires: expires)
        }
        if let aside = try withheldTarget() { return aside }
        // What it said is in an archive then, and is not told any more.
        let isArchived = try ArchiveCatalogue(database: database)
            .holds(seq, of: event.conversation)
        return isArchived ? Target(isAside: false, content: [], expires: nil) : nil
    }

    /// The message, if it was withheld; archives have none of these, though their seqs lie among those of an archive.
    private func withheldTarget() throws -> Target? {
        guard event.isWithheld else { return nil }
        let aside = try BoundStatement(
            database,
            """
            SELECT content, details FROM asides
            WHERE conversation = ? AND seq = ? AND kind = 16 AND reader = ?
            """
        )
        aside.bind(1, event.conversation)
        aside.bind(2, seq)
        aside.bind(3, scope)
        guard let (content, details) = try aside.first({ ($0.bytes(0), $0.bytes(1)) }) else {
            return nil
        }
        let expires = try EventRow.expiry(inDetails: details)
        return Target(isAside: true, content: content, expires: expires)
    }

    /// What it says so far, to whom the event is told; `nil` if that is gone.
    private func content(of target: Target) throws -> [UInt8]? {
        for scope in scope.isEmpty ? [[]] : [scope, []] {
            let query = try BoundStatement(
                database,
                "SELECT content FROM messages WHERE \(Self.place) AND scope = ?3"
            )
            query.bind(1, event.conversation)
            query.bind(2, seq)
            query.bind(3, scope)
            if let content = try query.first({ $0.optionalBytes(0) }) { return content }
        }
        return target.content
    }

    /// Changes it, and drops what it said before from where the new content is told.
    private func change(_ target: Target, _ change: Change) throws {
        if !event.isWithheld {
            try SearchIndex(database: database).remove(seq, of: event.conversation)
        }
        try upsert(change, expires: target.expires)
        if target.isAside {
            try run(
                "UPDATE asides SET content = x'' WHERE conversation = ?1 AND seq = ?2 AND reader = ?3"
            ) { $0.bind(3, scope) }
        } else if !event.isWithheld {
            try run("UPDATE events SET content = x'' WHERE conversation = ?1 AND seq = ?2")
            guard event.kind == .direct else { return }
            try run("DELETE FROM messages WHERE \(Self.place) AND scope <> x''")
        }
    }

    private func upsert(_ change: Change, expires: Timestamp?) throws {
        try run(
            """
            INSERT INTO messages (conversation, message_seq, scope, expires_time, edited_time,
                moved_time, deleted_time, content)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (conversation, message_seq, scope) DO UPDATE SET
                edited_time = coalesce(excluded.edited_time, messages.edited_time),
                moved_time = coalesce(excluded.moved_time, messages.moved_time),
                deleted_time = coalesce(excluded.deleted_time, messages.deleted_time),
                content = excluded.content
            """
        ) { statement in
            statement.bind(3, scope)
            statement.bind(4, expires)
            statement.bind(5, change.edited)
            statement.bind(6, change.moved)
            statement.bind(7, change.deleted)
            statement.bind(8, change.content)
        }
    }

    /// An encoded live location at another place; `nil` if it is none.
    private static func moved(_ content: [UInt8], to location: ArraySlice<UInt8>) -> [UInt8]? {
        guard var message = try? PBContent(serializedBytes: content),
            case .liveLocation(var live) = message.content,
            let start = try? PBLocation(serializedBytes: Array(location))
        else { return nil }
        live.start = start
        message.content = .liveLocation(live)
        return try? message.serializedBytes()
    }

    // MARK: Pins

    /// The seq of a pinned message that is so old that the event does not say it; its own row may be in an archive.
    private func pinned(_ id: SubmissionID) throws -> Int64? {
        let query = try BoundStatement(
            database,
            """
            SELECT message_seq FROM pins WHERE conversation = ? AND message_id = ?
            ORDER BY message_seq LIMIT 1
            """
        )
        query.bind(1, event.conversation)
        query.bind(2, id)
        return try query.first { $0.integer(0) }
    }

    /// An account's own version says what it has done to what all see: 0 for taken down.
    private func pin(_ id: SubmissionID, _ isPinned: Bool) throws {
        guard event.isWithheld || isPinned else {
            return try run("DELETE FROM pins WHERE \(Self.place)")
        }
        if !event.isWithheld {
            try run("DELETE FROM pins WHERE \(Self.place) AND scope <> x''")
        }
        try run(
            """
            INSERT INTO pins (conversation, message_seq, scope, pinned_seq, message_id)
            VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (conversation, message_seq, scope) DO UPDATE SET
                pinned_seq = excluded.pinned_seq, message_id = excluded.message_id
            """
        ) { statement in
            statement.bind(3, scope)
            statement.bind(4, isPinned ? Int64(clamping: event.seq) : 0)
            statement.bind(5, id)
        }
    }
}
