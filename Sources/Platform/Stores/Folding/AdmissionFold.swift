import Conversations
import Events

/// Folds one event about who waits to be let into a conversation, and who may not come in.
struct AdmissionFold {
    private let database: StoreConnection
    private let event: TimelineEvent

    init(_ database: StoreConnection, _ event: TimelineEvent) {
        self.database = database
        self.event = event
    }

    func apply(_ action: ConversationAction) throws {
        switch action {
        case .join where event.memberChanges.isEmpty: try request()
        case .decideJoin(let account, _): try dropRequest(of: account)
        case .setBan(let account, let isBanned): try set(account, isBanned)
        default: break
        }
    }

    /// Who has come in does not wait any more, however he came.
    func dropRequests(of accounts: [AccountID]) throws {
        let query = try BoundStatement(
            database,
            "SELECT 1 FROM requests WHERE conversation = ? LIMIT 1"
        )
        query.bind(1, event.conversation)
        guard try query.first({ _ in true }) != nil else { return }
        for account in accounts { try dropRequest(of: account) }
    }

    private func run(
        _ sql: String,
        _ account: AccountID,
        _ bind: (BoundStatement) -> Void = { _ in }
    ) throws {
        let statement = try BoundStatement(database, sql)
        statement.bind(1, event.conversation)
        statement.bind(2, account)
        bind(statement)
        try statement.run()
    }

    private func request() throws {
        try run(
            """
            INSERT INTO requests (conversation, account, requested_time) VALUES (?1, ?2, ?3)
            ON CONFLICT (conversation, account)
                DO UPDATE SET requested_time = excluded.requested_time
            """,
            event.sender
        ) { $0.bind(3, event.serverTime) }
    }

    private func dropRequest(of account: AccountID) throws {
        try run("DELETE FROM requests WHERE conversation = ?1 AND account = ?2", account)
    }

    private func set(_ account: AccountID, _ isBanned: Bool) throws {
        guard isBanned else {
            return try run("DELETE FROM bans WHERE conversation = ?1 AND account = ?2", account)
        }
        try run(
            """
            INSERT INTO bans (conversation, account, banned_by, banned_time)
            VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (conversation, account) DO UPDATE SET
                banned_by = excluded.banned_by, banned_time = excluded.banned_time
            """,
            account
        ) {
            $0.bind(3, event.sender)
            $0.bind(4, event.serverTime)
        }
        try dropRequest(of: account)
    }
}
