import Accounts
import Conversations
import Events

/// Who has a message, for its author.
struct ReceiptQueries {
    let database: StoreConnection
    let viewer: Viewer

    /// Where a message of some id is.
    private struct Place {
        var conversation: ConversationID
        var seq: Int64
        var isWithheld: Bool
    }

    /// Who has a message of the account's, by its id.
    ///
    /// Without a conversation it is looked for wherever the tables have it, and not in archives.
    ///
    /// - Throws: `StoreError` with code `archivesNeeded`, or `archiveUnreadable` if it may be where nothing can be read.
    func receipts(
        of message: SubmissionID,
        in conversation: ConversationID?,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<MessageReceipts> {
        for place in try places(of: message, in: conversation, byViewer: true) {
            guard let standing = try standing(seeing: place) else { continue }
            return .granted(
                try receipts(of: message, at: place, standing, after: account, limit: limit)
            )
        }
        // Who may see it knows that it exists.
        let others = try places(of: message, in: conversation, byViewer: false)
        if try others.contains(where: { try standing(seeing: $0) != nil }) { return .notAllowed }
        guard others.isEmpty, let conversation,
            let standing = try Standing.load(viewer.account, conversation, database)
        else { return .notFound }
        switch try EventQueries(database: database, standing: standing, viewer: viewer)
            .find(message)
        {
        case .nowhere: return .notFound
        case .unreadable(let reason): throw StoreError(unreadable: reason)
        case .found(let event):
            guard event.sender == viewer.account else { return .notAllowed }
            return .granted(try receipts(of: event, standing, after: account, limit: limit))
        }
    }

    /// Who has a message of the account's.
    func receipts(
        of event: TimelineEvent,
        _ standing: Standing,
        after account: AccountID?,
        limit: Int
    ) throws -> MessageReceipts {
        let place = Place(
            conversation: event.conversation,
            seq: Int64(clamping: event.seq),
            isWithheld: event.isWithheld
        )
        return try receipts(
            of: event.submission,
            at: place,
            standing,
            after: account,
            limit: limit
        )
    }

    private func receipts(
        of message: SubmissionID,
        at place: Place,
        _ standing: Standing,
        after account: AccountID?,
        limit: Int
    ) throws -> MessageReceipts {
        let settings = AccountQueries(database: database, viewer: viewer)
        let marks = MarkQueries(
            database: database,
            standing: standing,
            isToldReads: try settings.privacy().readReceipts
        )
        let extent: MessageReceipts.Extent =
            standing.kind == .channel
            ? .readCount(try marks.readCount(at: place.seq))
            : try marks.members(
                at: place.seq,
                isWithheld: place.isWithheld,
                after: account,
                limit: PageRequest.limit(limit)
            )
        return MessageReceipts(
            messageID: message,
            conversation: place.conversation,
            seq: place.seq,
            sender: viewer.account,
            extent: extent
        )
    }

    private func standing(seeing place: Place) throws -> Standing? {
        let standing = try Standing.load(viewer.account, place.conversation, database)
        return standing?.sees(place.seq) == true ? standing : nil
    }

    /// Two people may choose the same id, and one person in two conversations.
    private func places(
        of message: SubmissionID,
        in conversation: ConversationID?,
        byViewer: Bool
    ) throws -> [Place] {
        var places: [Place] = []
        for table in byViewer ? ["events", "asides"] : ["events"] {
            let query = try BoundStatement(
                database,
                """
                SELECT conversation, seq FROM \(table)
                WHERE message_id = ?1 AND kind = 16 AND sender \(byViewer ? "=" : "<>") ?2
                ORDER BY conversation, seq LIMIT 100
                """
            )
            query.bind(1, message)
            query.bind(2, viewer.account)
            try query.eachRow { row in
                places.append(
                    Place(
                        conversation: try row.identifier(0),
                        seq: row.integer(1),
                        isWithheld: table == "asides"
                    )
                )
            }
        }
        guard let conversation else { return places }
        return places.filter { $0.conversation == conversation }
    }
}
