import Conversations
import Events

/// One message with what goes with it, within one read access.
struct MessageDetailQueries {
    let database: StoreConnection
    let viewer: Viewer

    /// A message as the account sees it; `nil` if there is none such, or it is not for the account.
    ///
    /// - Throws: `StoreError` with code `archivesNeeded`, or `archiveUnreadable` if it may be where nothing can be read.
    func detail(
        of message: SubmissionID,
        in conversation: ConversationID
    ) throws -> MessageDetail? {
        guard let standing = try Standing.load(viewer.account, conversation, database) else {
            return nil
        }
        let events = EventQueries(database: database, standing: standing, viewer: viewer)
        let event: TimelineEvent
        switch try events.find(message) {
        case .nowhere: return nil
        case .unreadable(let reason): throw StoreError(unreadable: reason)
        case .found(let found): event = found
        }
        let messages = MessageQueries(database: database, standing: standing, now: viewer.now)
        let shown = try messages.shown(event)
        let receipts = ReceiptQueries(database: database, viewer: viewer)
        return MessageDetail(
            event: shown,
            reactions: try reactions(to: shown, standing),
            receipts: event.sender == viewer.account
                ? try receipts.receipts(
                    of: event,
                    standing,
                    after: nil,
                    limit: Limits.historyPageEvents
                ) : nil
        )
    }

    /// Who has reacted; what the account gave comes first, and as it knows it.
    private func reactions(
        to shown: PageEvent,
        _ standing: Standing
    ) throws -> [MessageDetail.Reaction] {
        guard let state = shown.state, state.presence == .here else { return [] }
        var reactions: [MessageDetail.Reaction] = []
        if let emoji = state.ownReaction {
            let account = AccountQueries(database: database, viewer: viewer)
            reactions.append(
                MessageDetail.Reaction(
                    account: viewer.account,
                    name: try account.profile()?.name,
                    emoji: emoji
                )
            )
        }
        // Who follows a channel is for those to see who run it, and nobody knows who reacted before somebody left.
        guard standing.kind != .channel || (standing.role ?? .member) >= .moderator,
            !standing.isFormer
        else { return reactions }
        let query = try BoundStatement(
            database,
            """
            SELECT r.account, a.name, r.emoji
            FROM reactions r LEFT JOIN accounts a ON a.account = r.account
            WHERE r.conversation = ? AND r.message_seq = ? AND r.account <> ?
                AND r.withheld = 0 AND r.emoji <> ''
            ORDER BY r.account LIMIT ?
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, Int64(clamping: shown.event.seq))
        query.bind(3, viewer.account)
        query.bind(4, Int64(MessageDetail.reactionsMax - reactions.count))
        try query.eachRow { row in
            let name = row.text(1)
            reactions.append(
                MessageDetail.Reaction(
                    account: try row.identifier(0),
                    name: name.isEmpty ? nil : name,
                    emoji: row.text(2)
                )
            )
        }
        return reactions
    }
}
