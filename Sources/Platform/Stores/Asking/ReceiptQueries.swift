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

    func receipts(
        of message: SubmissionID,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<MessageReceipts> {
        let privacy = try AccountQueries(database: database, viewer: viewer).privacy()
        for place in try places(of: message, byViewer: true) {
            guard let standing = try standing(seeing: place) else { continue }
            let marks = MarkQueries(
                database: database,
                standing: standing,
                isToldReads: privacy.readReceipts
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
            return .granted(
                MessageReceipts(
                    messageID: message,
                    conversation: place.conversation,
                    seq: place.seq,
                    sender: viewer.account,
                    extent: extent
                )
            )
        }
        // Who may see it knows that it exists.
        let others = try places(of: message, byViewer: false)
        return try others.contains { try standing(seeing: $0) != nil } ? .notAllowed : .notFound
    }

    private func standing(seeing place: Place) throws -> Standing? {
        let standing = try Standing.load(viewer.account, place.conversation, database)
        return standing?.sees(place.seq) == true ? standing : nil
    }

    /// Two people may choose the same id, and one person in two conversations.
    private func places(of message: SubmissionID, byViewer: Bool) throws -> [Place] {
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
        return places
    }
}
