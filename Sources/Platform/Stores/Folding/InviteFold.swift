import Conversations
import Events

/// Folds one event about links to join by.
struct InviteFold {
    private let database: StoreConnection
    private let event: TimelineEvent

    init(_ database: StoreConnection, _ event: TimelineEvent) {
        self.database = database
        self.event = event
    }

    func apply(_ action: ConversationAction) throws {
        switch action {
        case .createInvite(let secret, let terms): try create(secret, terms)
        case .revokeInvite(let secret):
            try run("DELETE FROM invites WHERE conversation = ? AND secret = ?", secret)
        case .join(let secret):
            try run(
                "UPDATE invites SET uses = uses + 1 WHERE conversation = ? AND secret = ?",
                secret
            )
        default: break
        }
    }

    private func run(_ sql: String, _ secret: InviteSecret) throws {
        let statement = try BoundStatement(database, sql)
        statement.bind(1, event.conversation)
        statement.bind(2, secret)
        try statement.run()
    }

    private func create(_ secret: InviteSecret, _ terms: Invite) throws {
        // Those that are of no use any more make room.
        let removal = try BoundStatement(
            database,
            """
            DELETE FROM invites WHERE conversation = ?1
                AND (expires_time <= ?2 OR (uses_max > 0 AND uses >= uses_max))
            """
        )
        removal.bind(1, event.conversation)
        removal.bind(2, event.serverTime)
        try removal.run()
        let statement = try BoundStatement(
            database,
            """
            INSERT INTO invites (conversation, secret, creator, created_time, expires_time,
                uses_max, needs_approval, uses)
            VALUES (?, ?, ?, ?, ?, ?, ?, 0)
            ON CONFLICT (conversation, secret) DO UPDATE SET creator = excluded.creator,
                created_time = excluded.created_time, expires_time = excluded.expires_time,
                uses_max = excluded.uses_max, needs_approval = excluded.needs_approval, uses = 0
            """
        )
        statement.bind(1, event.conversation)
        statement.bind(2, secret)
        statement.bind(3, event.sender)
        statement.bind(4, event.serverTime)
        statement.bind(5, terms.expiresAt)
        statement.bind(6, Int64(terms.usesMax))
        statement.bind(7, terms.needsApproval ? 1 : 0 as Int64)
        try statement.run()
    }
}
