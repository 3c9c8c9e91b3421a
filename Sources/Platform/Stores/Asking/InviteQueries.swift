import Conversations
import Events

/// The links to join by.
struct InviteQueries {
    let database: StoreConnection

    /// The links to a conversation, the newest first.
    func invites(
        to conversation: ConversationID,
        for viewer: Viewer
    ) throws -> StoreAnswer<[StoredInvite]> {
        guard let standing = try Standing.load(viewer.account, conversation, database) else {
            return .notFound
        }
        guard !standing.isFormer else { return .notAMember }
        guard let role = standing.role, role >= Permission.invite.lowestRole(standing.settings)
        else { return .notAllowed }
        let query = try BoundStatement(
            database,
            """
            SELECT secret, expires_time, uses_max, needs_approval, uses, creator, created_time
            FROM invites WHERE conversation = ? ORDER BY created_time DESC, secret
            """
        )
        query.bind(1, conversation)
        var invites: [StoredInvite] = []
        try query.eachRow { row in
            invites.append(
                StoredInvite(
                    token: InviteToken(conversation, try row.identifier(0)),
                    terms: Invite(row, from: 1),
                    creator: try row.identifier(5),
                    createdTime: row.time(6)
                )
            )
        }
        return .granted(invites)
    }

    /// Where a link leads; `nil` if it leads nowhere, or not any more.
    func preview(of token: InviteToken, at now: Timestamp) throws -> InvitePreview? {
        let query = try BoundStatement(
            database,
            """
            SELECT i.expires_time, i.uses_max, i.needs_approval, i.uses,
                c.kind, c.name, c.picture, c.member_count
            FROM invites i JOIN conversations c ON c.conversation = i.conversation
            WHERE i.conversation = ? AND i.secret = ?
            """
        )
        query.bind(1, token.conversation)
        query.bind(2, token.secret)
        let found = try query.first { row in
            let terms = Invite(row, from: 0)
            let preview = InvitePreview(
                conversation: token.conversation,
                kind: ConversationKind(rawValue: Int(clamping: row.integer(4))),
                name: row.text(5),
                picture: row.text(6),
                memberCount: row.integer(7),
                needsApproval: terms.needsApproval
            )
            return (terms, preview)
        }
        // Nobody comes into a room that all have left.
        guard let (terms, preview) = found, preview.memberCount > 0 else { return nil }
        if let end = terms.expiresAt, end <= now { return nil }
        guard terms.usesMax == 0 || terms.uses < terms.usesMax else { return nil }
        return preview
    }
}

extension Invite {
    /// Reads `expires_time, uses_max, needs_approval, uses` from a column on.
    fileprivate init(_ row: ResultRow, from column: Int32) {
        self.init(
            expiresAt: row.optionalTime(column),
            usesMax: UInt32(clamping: row.integer(column + 1)),
            needsApproval: row.integer(column + 2) != 0
        )
        uses = UInt32(clamping: row.integer(column + 3))
    }
}
