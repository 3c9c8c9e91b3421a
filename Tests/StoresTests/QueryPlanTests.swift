import Accounts
import Conversations
import Events
import GRDB
import Synchronization
import Testing

@testable import Stores

/// A page costs the rows that it shows: SQLite's own account of how it finds them.
struct QueryPlanTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Keeps every statement that is run.
    private final class Trace: Sendable {
        private let kept = Mutex<Set<String>>([])

        var statements: [String] { kept.withLock { $0.sorted() } }

        func note(_ sql: String) {
            // GRDB asks for the schema.
            guard sql.hasPrefix("SELECT"), !sql.contains("sqlite_master") else { return }
            _ = kept.withLock { $0.insert(sql) }
        }
    }

    /// What is sorted when it is read because there is little of it: the links to one conversation, a hundred at most; the withheld messages of one id;
    /// and the conversations of one account, whose order changes with every event of each.
    private static let sorted = [
        "FROM invites WHERE conversation", "FROM asides\nWHERE message_id",
        "WHERE m.account = ?1 AND coalesce(m.left_time",
    ]

    /// Runs every call that answers a page, from the beginning and from a cursor.
    private func ask(_ store: SQLiteStoreReader, _ room: Room, _ post: TimelineEvent) throws {
        let viewer = Viewer(ada, on: device(of: ada), at: room.time)
        let id = room.id
        let cursors: [ConversationCursor?] = [
            nil, ConversationCursor(lastServerTime: room.time, conversation: id),
        ]
        for cursor in cursors { _ = try store.conversations(for: viewer, after: cursor, limit: 9) }
        _ = try store.conversation(id, for: viewer)
        for start in [PageRequest.Start.newest, .before(9), .after(2)] {
            _ = try store.events(in: id, for: viewer, page: PageRequest(start))
        }
        _ = try store.invites(to: id, for: viewer)
        let star = StarCursor(
            starredTime: room.time,
            conversation: id,
            message: post.submission
        )
        for cursor in [nil, star] { _ = try store.starred(for: viewer, before: cursor, limit: 9) }
        _ = try store.privacy(of: viewer)
        _ = try store.profile(of: viewer)
        _ = try store.devices(of: viewer)
        _ = try store.message(post.submission, in: id, for: viewer)
        let unknown = SubmissionID(high: 1, low: 1)
        _ = try store.message(unknown, in: id, for: viewer)
        _ = try store.receipts(of: unknown, in: id, for: viewer, after: nil, limit: 9)
        let pass = SyncCursor.Pass(
            began: StoreMoment(),
            conversation: ConversationID(high: 0, low: 0)
        )
        for cursor in [SyncCursor(), SyncCursor(since: StoreMoment(), pass: pass)] {
            _ = try store.changes(for: viewer, from: cursor, limit: 9)
        }
        for place in [nil, ConversationID(high: 0, low: 0)] {
            _ = try store.conversations(for: viewer, inOrderAfter: place, limit: 9)
        }
        for account in [nil, bob] {
            let member = account.map { MemberCursor(role: .admin, account: $0) }
            _ = try store.members(of: id, for: viewer, after: member, limit: 9)
            _ = try store.receipts(of: post.submission, for: viewer, after: account, limit: 9)
            _ = try store.contacts(of: viewer, after: account, limit: 9)
            _ = try store.joinRequests(to: id, for: viewer, after: account, limit: 9)
            _ = try store.bans(from: id, for: viewer, after: account, limit: 9)
        }
    }

    @Test(arguments: [ConversationKind.direct, .group, .channel])
    func everyPageIsFoundByAnIndexInItsOrder(kind: ConversationKind) throws {
        var room =
            kind == .direct
            ? Room(between: ada, and: bob) : try Room(kind, of: ada, with: [])
        let post = try room.post("hello", by: ada)
        try room.act(ada, .pin(post.submission, isPinned: true))
        try room.act(ada, .react(post.submission, emoji: "👍"))
        room.mark(.read, post, by: bob)
        let path = folder.file("history.sqlite")
        let written = try SQLiteHotStore(path: path)
        _ = try RoomStore(written, &room)
        let star = AccountChange.star(room.id, post.submission, isStarred: true)
        try written.apply(batch([setting(star, by: ada, at: 1)]))
        let trace = Trace()
        var configuration = Configuration()
        configuration.readonly = true
        configuration.prepareDatabase { database in
            database.trace { event in
                if case .statement(let statement) = event { trace.note(statement.sql) }
            }
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        try ask(SQLiteStoreReader(pool), room, post)
        let statements = trace.statements
        #expect(statements.count > 20)
        var faults: [String] = []
        try written.explain(statements) { sql, step in
            let isSorted = Self.sorted.contains { sql.contains($0) }
            if step.hasPrefix("SCAN"), step != "SCAN CONSTANT ROW" {
                faults.append("\(step): \(sql)")
            }
            if step.contains("TEMP B-TREE"), !isSorted { faults.append("\(step): \(sql)") }
        }
        #expect(faults == [])
    }

    /// A cursor goes straight to its place, and is no condition on all that lies before it.
    @Test func aCursorIsAPlaceInTheIndex() throws {
        let path = folder.file("history.sqlite")
        let store = try SQLiteHotStore(path: path)
        var steps: [String] = []
        let sql = """
            SELECT starred_time, conversation, message FROM stars
            WHERE account = ?1 AND (starred_time, conversation, message) < (?2, ?3, ?4)
            ORDER BY starred_time DESC, conversation DESC, message DESC
            """
        try store.explain([sql]) { steps.append($1) }
        let place = "(account=? AND (starred_time,conversation,message)<(?,?,?))"
        #expect(steps == ["SEARCH stars USING COVERING INDEX stars_by_time \(place)"])
    }
}

extension SQLiteHotStore {
    /// Tells each step of how statements are run.
    fileprivate func explain(
        _ statements: [String],
        _ body: (String, String) -> Void
    ) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.read { database in
            for sql in statements {
                let statement = try database.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
                statement.setUncheckedArguments(StatementArguments())
                for row in try Row.fetchAll(statement) { body(sql, row["detail"]) }
            }
        }
        try queue.close()
    }
}
