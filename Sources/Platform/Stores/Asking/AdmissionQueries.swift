import Conversations
import Events

/// Who waits to be let into a conversation, and who may not come in; for those who decide about them.
struct AdmissionQueries {
    let database: StoreConnection
    let viewer: Viewer

    /// A page of those who wait, by account.
    func requests(
        to conversation: ConversationID,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<StorePage<StoredJoinRequest, AccountID>> {
        try permitted(.decideJoins, in: conversation).map { _ in
            let limit = PageRequest.limit(limit)
            var requests: [StoredJoinRequest] = []
            let columns = "t.requested_time"
            try rows(of: "requests", columns, conversation, after: account, limit + 1) { row in
                let name = row.text(1)
                requests.append(
                    StoredJoinRequest(
                        account: try row.identifier(0),
                        name: name.isEmpty ? nil : name,
                        requestedTime: row.time(2)
                    )
                )
            }
            return StorePage(requests, limit: limit) { $0.account }
        }
    }

    /// A page of those who are banned, by account.
    func bans(
        from conversation: ConversationID,
        after account: AccountID?,
        limit: Int
    ) throws -> StoreAnswer<StorePage<StoredBan, AccountID>> {
        try permitted(.ban, in: conversation).map { _ in
            let limit = PageRequest.limit(limit)
            var bans: [StoredBan] = []
            let columns = "t.banned_by, t.banned_time"
            try rows(of: "bans", columns, conversation, after: account, limit + 1) { row in
                let name = row.text(1)
                bans.append(
                    StoredBan(
                        account: try row.identifier(0),
                        name: name.isEmpty ? nil : name,
                        bannedBy: try row.identifier(2),
                        bannedTime: row.time(3)
                    )
                )
            }
            return StorePage(bans, limit: limit) { $0.account }
        }
    }

    private func permitted(
        _ permission: Permission,
        in conversation: ConversationID
    ) throws -> StoreAnswer<Void> {
        guard let standing = try Standing.load(viewer.account, conversation, database) else {
            return .notFound
        }
        guard !standing.isFormer else { return .notAMember }
        guard let role = standing.role, role >= permission.lowestRole(standing.settings) else {
            return .notAllowed
        }
        return .granted(())
    }

    /// Reads account, name and the columns asked for.
    private func rows(
        of table: String,
        _ columns: String,
        _ conversation: ConversationID,
        after account: AccountID?,
        _ limit: Int,
        _ body: (ResultRow) throws -> Void
    ) throws {
        let query = try BoundStatement(
            database,
            """
            SELECT t.account, a.name, \(columns)
            FROM \(table) t LEFT JOIN accounts a ON a.account = t.account
            WHERE t.conversation = ?1 AND t.account > coalesce(?2, x'')
            ORDER BY t.account LIMIT ?3
            """
        )
        query.bind(1, conversation)
        query.bind(2, account)
        query.bind(3, Int64(limit))
        try query.eachRow(body)
    }
}
