import Conversations
import Events

/// The messages that an account has starred, within one read access.
struct StarQueries {
    let database: StoreConnection
    let viewer: Viewer

    /// So many stars are looked at for one page; of those whose message is not to be seen any more nothing is shown.
    static let starsPerPageMax = 500

    /// A page, the last starred first.
    func page(before cursor: StarCursor?, limit: Int) throws -> StarPage {
        let limit = PageRequest.limit(limit)
        let start = "AND (starred_time, conversation, message) < (?2, ?3, ?4)"
        let query = try BoundStatement(
            database,
            """
            SELECT starred_time, conversation, message FROM stars
            WHERE account = ?1 \(cursor == nil ? "" : start)
            ORDER BY starred_time DESC, conversation DESC, message DESC LIMIT \(Self.starsPerPageMax + 1)
            """
        )
        query.bind(1, viewer.account)
        if let cursor {
            query.bind(2, cursor.starredTime)
            query.bind(3, cursor.conversation)
            query.bind(4, cursor.message)
        }
        var page = StarPage()
        var needed = NeededParts()
        var standings: [ConversationID: Standing?] = [:]
        var last: StarCursor?
        var count = 0
        // What has to be fetched first is taken for a message that is shown.
        var places = 0
        try query.rows { row in
            guard places < limit, count < Self.starsPerPageMax else {
                page.next = last
                return false
            }
            let star = StarCursor(
                starredTime: row.time(0),
                conversation: try row.identifier(1),
                message: try row.identifier(2)
            )
            let found = try needed.answer { try shown(star, &standings) }
            switch found {
            case nil, .missing?, .event?: places += 1
            case .nothing?: break
            }
            if case .event(let event)? = found { page.items.append(event) }
            if case .missing(let reason)? = found {
                page.missing.append(
                    MissingMessage(
                        conversation: star.conversation,
                        message: star.message,
                        reason: reason
                    )
                )
            }
            last = star
            count += 1
            return true
        }
        try needed.check()
        return page
    }

    /// What a star is to the account.
    private enum Shown {
        case event(PageEvent)
        /// It does not see the message, or there is nothing to see.
        case nothing
        /// What archives have can't be read, and it may be among that.
        case missing(MissingEvents.Reason)
    }

    /// The message as the account sees it.
    private func shown(
        _ star: StarCursor,
        _ standings: inout [ConversationID: Standing?]
    ) throws -> Shown {
        let known = standings[star.conversation]
        let found = try known ?? Standing.load(viewer.account, star.conversation, database)
        standings[star.conversation] = .some(found)
        guard let standing = found else { return .nothing }
        let events = EventQueries(database: database, standing: standing, viewer: viewer)
        let messages = MessageQueries(database: database, standing: standing, now: viewer.now)
        switch try events.find(star.message) {
        case .nowhere: return .nothing
        case .unreadable(let reason): return .missing(reason)
        case .found(let event):
            let shown = try messages.shown(event)
            return shown.state?.presence == .here ? .event(shown) : .nothing
        }
    }
}
