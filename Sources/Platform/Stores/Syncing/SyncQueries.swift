import Accounts
import Conversations
import Events

/// What an account that was away has to be told, within one read access.
struct SyncQueries {
    let database: StoreConnection
    let viewer: Viewer

    /// So many events of one conversation are told; who wants what came before pages for it.
    static let eventsPerConversation = Limits.historyPageEvents
    /// With so many events a page is full, whatever was asked for.
    static let eventsMax = 300

    /// A page of all the account's conversations.
    ///
    /// Of all: not only events change what is told of one, but also who has read what, names, and what the account has set.
    ///
    /// - Throws: `StoreError` with code `archivesNeeded` for all parts of archives that are on it and were not fetched yet.
    func page(_ cursor: SyncCursor, limit: Int) throws -> SyncPage {
        let filters = try CheckpointQueries(database: database).filters(of: .timeline)
        let began = cursor.pass?.began ?? StoreMoment(filters)
        let limit = PageRequest.limit(limit)
        let standings = try Standing.list(
            viewer.account,
            inOrderAfter: cursor.pass?.conversation,
            limit: limit + 1,
            database
        )
        let settings = AccountQueries(database: database, viewer: viewer)
        let isToldReads = try settings.privacy().readReceipts
        var page = SyncPage(since: SyncCursor(since: began))
        var needed = NeededParts()
        var eventCount = 0
        var last: ConversationID?
        for standing in standings.prefix(limit) {
            guard eventCount < Self.eventsMax else { break }
            last = standing.conversation
            guard
                let item = try needed.answer({
                    try self.item(standing, since: cursor.since, isToldReads: isToldReads)
                })
            else { continue }
            page.items.append(item)
            eventCount += item.events.count
        }
        try needed.check()
        if let last, last != standings.last?.conversation {
            let pass = SyncCursor.Pass(began: began, conversation: last)
            page.next = SyncCursor(since: cursor.since, pass: pass)
        }
        return page
    }

    private func item(
        _ standing: Standing,
        since: StoreMoment,
        isToldReads: Bool
    ) throws -> SyncPage.Item {
        let queries = EventQueries(database: database, standing: standing, viewer: viewer)
        let span = EventQueries.span(.newest)
        let limit = Self.eventsPerConversation
        let newest = try queries.events(in: span, limit: limit + 1)
        let new = Array(newest.prefix { !since.has($0) })
        let shown = Array(new.prefix(limit))
        // What can't be read is told of down to the first event that was had, or that is on the next page.
        let end = newest.count > shown.count ? newest[shown.count] : nil
        let messages = MessageQueries(database: database, standing: standing, now: viewer.now)
        let conversations = ConversationQueries(database: database, viewer: viewer)
        return SyncPage.Item(
            summary: try conversations.summary(standing, isToldReads: isToldReads),
            events: try messages.shown(shown),
            hasMore: new.count > limit,
            missing: try span.map { try queries.missing(in: $0.covered(to: end)) } ?? []
        )
    }
}
