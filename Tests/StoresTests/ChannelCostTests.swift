import Conversations
import Events
import GRDB
import GRDBSQLite
import Testing

@testable import Stores

/// What a page of a channel costs, counted in SQLite's own steps.
struct ChannelCostTests {
    private let folder: TemporaryFolder
    private let secret = InviteSecret(high: 5, low: 5)
    private var path: String { folder.file("history.sqlite") }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func follower(_ number: Int) -> AccountID {
        AccountID(high: 0xF0_1103, low: UInt64(number))
    }

    /// How many steps SQLite takes to answer.
    private func steps(_ ask: (ConversationQueries) throws -> Void) throws -> Int {
        let queue = try DatabaseQueue(path: path)
        return try queue.read { database in
            let queries = ConversationQueries(
                database: StoreConnection(database),
                viewer: Viewer(bob)
            )
            // The statements are compiled the first time.
            try ask(queries)
            let counter = UnsafeMutablePointer<Int>.allocate(capacity: 1)
            defer { counter.deallocate() }
            counter.pointee = 0
            sqlite3_progress_handler(
                database.sqliteConnection,
                1,
                { pointer in
                    pointer?.assumingMemoryBound(to: Int.self).pointee += 1
                    return 0
                },
                counter
            )
            defer { sqlite3_progress_handler(database.sqliteConnection, 0, nil, nil) }
            try ask(queries)
            return counter.pointee
        }
    }

    @Test func aPageCostsTheSameHoweverManyCameMeanwhile() throws {
        var room = try Room(.channel, of: ada)
        try room.act(ada, .createInvite(secret, Invite()))
        try room.act(bob, .join(secret))
        for number in 1...40 { try room.post("\(number)", by: ada) }
        let asked = try RoomStore(SQLiteHotStore(path: path), &room)
        let id = room.id
        let questions: [(ConversationQueries) throws -> Void] = [
            { _ = try $0.events(in: id, page: PageRequest(.newest)) },
            { _ = try $0.events(in: id, page: PageRequest(.after(3))) },
            { _ = try $0.summaries(after: nil, limit: 10) },
            { _ = try $0.detail(id) },
            { _ = try $0.members(of: id, after: nil, limit: 30) },
        ]
        let few = try questions.map(steps)
        for number in 1...1500 {
            try room.act(follower(number), .join(secret))
            if number.isMultiple(of: 3) { try room.act(follower(number), .leave) }
        }
        for number in 41...80 { try room.post("\(number)", by: ada) }
        try asked.follow(&room)
        let many = try questions.map(steps)
        for (few, many) in zip(few, many) { #expect(many <= few + few / 2, "\(few) \(many)") }
    }
}
