import Conversations
import Events
import GRDB

/// The messages that an account has starred, within one read access.
struct StarQueries {
    let database: Database
    let viewer: Viewer

    /// So many stars are looked at for one page; of those whose message is not to be seen any more nothing is shown.
    static let starsPerPageMax = 500

    /// A page, the last starred first.
    func page(before cursor: StarCursor?, limit: Int) throws -> StorePage<PageEvent, StarCursor> {
        let limit = PageRequest.limit(limit)
        let start = "AND (starred_time, conversation, message) < (?2, ?3, ?4)"
        let query = try BoundStatement(
            database,
            """
            SELECT starred_time, conversation, message FROM stars
            WHERE account = ?1 \(cursor == nil ? "" : start)
            ORDER BY starred_time DESC, conversation DESC, message DESC
            """
        )
        query.bind(1, viewer.account)
        if let cursor {
            query.bind(2, cursor.starredTime)
            query.bind(3, cursor.conversation)
            query.bind(4, cursor.message)
        }
        var page = StorePage<PageEvent, StarCursor>(items: [], next: nil)
        var standings: [ConversationID: Standing?] = [:]
        var last: StarCursor?
        var count = 0
        try query.rows { row in
            guard page.items.count < limit, count < Self.starsPerPageMax else {
                page.next = last
                return false
            }
            let star = StarCursor(
                starredTime: row.time(0),
                conversation: try row.identifier(1),
                message: try row.identifier(2)
            )
            if let event = try shown(star, &standings) { page.items.append(event) }
            last = star
            count += 1
            return true
        }
        return page
    }

    /// The message as the account sees it; `nil`: it does not, or there is nothing to see.
    private func shown(
        _ star: StarCursor,
        _ standings: inout [ConversationID: Standing?]
    ) throws -> PageEvent? {
        let known = standings[star.conversation]
        let found = try known ?? Standing.load(viewer.account, star.conversation, database)
        standings[star.conversation] = .some(found)
        guard let standing = found else { return nil }
        let events = EventQueries(database: database, standing: standing)
        let messages = MessageQueries(database: database, standing: standing, now: viewer.now)
        guard let seq = try seq(of: star), let event = try events.message(at: seq) else {
            return nil
        }
        let shown = try messages.shown(event)
        return shown.state?.presence == .here ? shown : nil
    }

    /// Where the message is in its conversation; only the sender is told of what was withheld.
    private func seq(of star: StarCursor) throws -> Int64? {
        for table in ["events", "asides"] {
            let query = try BoundStatement(
                database,
                "SELECT seq FROM \(table) WHERE message_id = ? AND conversation = ? AND kind = 16"
            )
            query.bind(1, star.message)
            query.bind(2, star.conversation)
            if let seq = try query.first({ $0.integer(0) }) { return seq }
        }
        return nil
    }
}
