import Accounts
import Events

/// Folds what an account changes about itself.
///
/// A change says what holds from now on, and all of one account's come in order: the last one holds. When something began is the time of the first
/// of several that say the same, so a repetition changes nothing.
struct AccountFold {
    private let database: StoreConnection

    init(_ database: StoreConnection) {
        self.database = database
    }

    func apply(_ event: AccountEvent) throws {
        switch event.change {
        case .registered(let name): try register(event, name)
        case .deviceAdded(let device, let name): try add(device, name, event)
        case .deviceRemoved(let device): try remove(device, event)
        case .preferences(let conversation, let change): try set(change, conversation, event)
        case .star(let conversation, let message, let isStarred):
            try star(conversation, message, isStarred, event)
        case .hide(let conversation, let message):
            try run("INSERT INTO hidden VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING", event) {
                $0.bind(2, conversation)
                $0.bind(3, message)
            }
        case .privacy(let change): try set(change, event)
        case .contact(let other, let isContact): try set(other, isContact, event)
        case .unknown: break
        }
    }

    /// Runs a statement with the account at its first place.
    private func run(
        _ sql: String,
        _ event: AccountEvent,
        _ bind: (BoundStatement) -> Void
    ) throws {
        let statement = try BoundStatement(database, sql)
        statement.bind(1, event.account)
        bind(statement)
        try statement.run()
    }

    // MARK: The account and its devices

    private func register(_ event: AccountEvent, _ name: String) throws {
        try run(
            """
            INSERT INTO accounts (account, name, registered_time) VALUES (?1, ?2, ?3)
            ON CONFLICT (account) DO UPDATE SET name = excluded.name WHERE excluded.name <> ''
            """,
            event
        ) {
            $0.bind(2, name)
            $0.bind(3, event.serverTime)
        }
    }

    private func add(_ device: DeviceID, _ name: String, _ event: AccountEvent) throws {
        try run(
            """
            INSERT INTO devices (account, device, name, added_time) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO NOTHING
            """,
            event
        ) {
            $0.bind(2, device)
            $0.bind(3, name)
            $0.bind(4, event.serverTime)
        }
    }

    /// For good, and even if it was never heard of: its tokens are worth nothing.
    private func remove(_ device: DeviceID, _ event: AccountEvent) throws {
        try run(
            """
            INSERT INTO devices (account, device, name, added_time, removed_time)
            VALUES (?1, ?2, '', ?3, ?3)
            ON CONFLICT (account, device)
                DO UPDATE SET removed_time = coalesce(devices.removed_time, excluded.removed_time)
            """,
            event
        ) {
            $0.bind(2, device)
            $0.bind(3, event.serverTime)
        }
    }

    // MARK: What it has set

    private func set(
        _ change: PreferencesChange,
        _ conversation: ConversationID,
        _ event: AccountEvent
    ) throws {
        try run(
            """
            INSERT INTO preferences (account, conversation, muted_until, archived)
            VALUES (?1, ?2, coalesce(?3, 0), coalesce(?4, 0))
            ON CONFLICT (account, conversation) DO UPDATE SET
                muted_until = coalesce(?3, preferences.muted_until),
                archived = coalesce(?4, preferences.archived)
            """,
            event
        ) {
            $0.bind(2, conversation)
            $0.bind(3, change.mutedUntil)
            $0.bind(4, change.isArchived.map { $0 ? 1 : 0 as Int64 })
        }
    }

    private func star(
        _ conversation: ConversationID,
        _ message: SubmissionID,
        _ isStarred: Bool,
        _ event: AccountEvent
    ) throws {
        let sql =
            isStarred
            ? "INSERT INTO stars VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"
            : "DELETE FROM stars WHERE account = ?1 AND conversation = ?2 AND message = ?3"
        try run(sql, event) {
            $0.bind(2, conversation)
            $0.bind(3, message)
            if isStarred { $0.bind(4, event.serverTime) }
        }
    }

    private func set(_ change: Privacy.Change, _ event: AccountEvent) throws {
        var first = Privacy()
        first.apply(change)
        try run(
            """
            INSERT INTO privacy (account, read_receipts, presence) VALUES (?1, ?4, ?5)
            ON CONFLICT (account) DO UPDATE SET
                read_receipts = coalesce(?2, privacy.read_receipts),
                presence = coalesce(?3, privacy.presence)
            """,
            event
        ) {
            $0.bind(2, change.readReceipts.map { $0 ? 1 : 0 as Int64 })
            $0.bind(3, change.presence.map { Int64($0.rawValue) })
            $0.bind(4, first.readReceipts ? 1 : 0 as Int64)
            $0.bind(5, Int64(first.presence.rawValue))
        }
    }

    private func set(_ other: AccountID, _ isContact: Bool, _ event: AccountEvent) throws {
        let sql =
            isContact
            ? "INSERT INTO contacts VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
            : "DELETE FROM contacts WHERE account = ?1 AND contact = ?2"
        try run(sql, event) {
            $0.bind(2, other)
            if isContact { $0.bind(3, event.serverTime) }
        }
    }
}
