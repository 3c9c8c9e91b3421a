import Accounts
import Conversations
import Events
import Foundation
import GRDB
import Projections

/// What is kept of a partition's accounts besides what they are told: what others may know of them, their contacts, when they were last
/// connected; and of conversations of what kind they are, so that it is known who is told of typing.
extension InboxIndex {
    static let accountsMigration = Migration(
        "4-accounts",
        sql: """
            CREATE TABLE account_folds (
                partition INTEGER PRIMARY KEY, since_offset INTEGER NOT NULL);
            CREATE TABLE privacy (
                partition INTEGER NOT NULL, account BLOB NOT NULL, read_receipts INTEGER NOT NULL,
                presence INTEGER NOT NULL, PRIMARY KEY (partition, account)) WITHOUT ROWID;
            CREATE TABLE contacts (
                partition INTEGER NOT NULL, account BLOB NOT NULL, peer BLOB NOT NULL,
                PRIMARY KEY (partition, account, peer)) WITHOUT ROWID;
            CREATE TABLE blocks (
                partition INTEGER NOT NULL, account BLOB NOT NULL, peer BLOB NOT NULL,
                is_blocked INTEGER NOT NULL, origin_offset INTEGER NOT NULL,
                PRIMARY KEY (partition, account, peer)) WITHOUT ROWID;
            CREATE TABLE last_seen (
                partition INTEGER NOT NULL, account BLOB NOT NULL, time_ms INTEGER NOT NULL,
                PRIMARY KEY (partition, account)) WITHOUT ROWID;
            CREATE TABLE conversations (
                partition INTEGER NOT NULL, conversation BLOB NOT NULL, kind INTEGER NOT NULL,
                first BLOB, second BLOB, PRIMARY KEY (partition, conversation)) WITHOUT ROWID;
            """
    )

    static let accountTables = [
        "account_folds", "privacy", "contacts", "blocks", "last_seen", "conversations",
    ]

    // MARK: What others may know

    /// What accounts let others know, and whom they have blocked, as it was written last.
    static func accounts(of partition: Partition, _ database: Database) throws -> InboxAccounts {
        let since = try Int64.fetchOne(
            database,
            sql: "SELECT since_offset FROM account_folds WHERE partition = ?",
            arguments: [partition.number]
        )
        var accounts = InboxAccounts(since: Offset(since ?? 0))
        let rows = try Row.fetchCursor(
            database,
            sql: "SELECT account, read_receipts, presence FROM privacy WHERE partition = ?",
            arguments: [partition.number]
        )
        while let row = try rows.next() {
            guard let account = AccountID(bytes: row[0] as Data) else { continue }
            let presence = Visibility(rawValue: row[2]) ?? .nobody
            accounts.set(Privacy(readReceipts: row[1], presence: presence), of: account)
        }
        let blocks = try Row.fetchCursor(
            database,
            sql: "SELECT account, peer, is_blocked, origin_offset FROM blocks WHERE partition = ?",
            arguments: [partition.number]
        )
        while let row = try blocks.next() {
            guard let account = AccountID(bytes: row[0] as Data),
                let peer = AccountID(bytes: row[1] as Data)
            else { continue }
            let block = InboxAccounts.Block(isBlocked: row[2], at: Offset(row[3]))
            accounts.apply(.block(account, peer, block))
        }
        return accounts
    }

    /// Writes from where on records of `accounts` count.
    static func write(since: Offset, of partition: Partition, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO account_folds VALUES (?, ?)",
            arguments: [partition.number, since.number]
        )
    }

    /// Writes changes in their order; `privacy` is what holds after them.
    static func write(
        _ changes: [InboxAccounts.Change],
        privacy: [AccountID: Privacy],
        of partition: Partition,
        _ database: Database
    ) throws {
        for change in changes {
            switch change {
            case .privacy: continue
            case .contact(let account, let peer, let isContact, _):
                let sql =
                    isContact
                    ? "INSERT OR IGNORE INTO contacts VALUES (?, ?, ?)"
                    : "DELETE FROM contacts WHERE partition = ? AND account = ? AND peer = ?"
                try database.cachedStatement(sql: sql).execute(arguments: [
                    partition.number, blob(account.bytes), blob(peer.bytes),
                ])
            case .block(let account, let peer, let block):
                try database.cachedStatement(
                    sql: "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?, ?)"
                ).execute(arguments: [
                    partition.number, blob(account.bytes), blob(peer.bytes), block.isBlocked,
                    block.at.number,
                ])
            }
        }
        for (account, privacy) in privacy {
            // The default, too: a row of it costs little, and hardly anybody has gone back to it.
            try database.cachedStatement(sql: "INSERT OR REPLACE INTO privacy VALUES (?, ?, ?, ?)")
                .execute(arguments: [
                    partition.number, blob(account.bytes), privacy.readReceipts,
                    privacy.presence.rawValue,
                ])
        }
    }

    /// Who of `peers` is among an account's contacts.
    static func contacts(
        of account: AccountID,
        among peers: [AccountID],
        _ partition: Partition,
        _ database: Database
    ) throws -> Set<AccountID> {
        let statement = try database.cachedStatement(
            sql: "SELECT 1 FROM contacts WHERE partition = ? AND account = ? AND peer = ?"
        )
        return try Set(
            peers.filter { peer in
                try Bool.fetchOne(
                    statement,
                    arguments: [partition.number, blob(account.bytes), blob(peer.bytes)]
                ) ?? false
            }
        )
    }

    // MARK: When accounts were last connected

    static func write(
        lastSeen: [AccountID: Timestamp],
        of partition: Partition,
        _ database: Database
    ) throws {
        guard !lastSeen.isEmpty else { return }
        let statement = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO last_seen VALUES (?, ?, ?)"
        )
        for (account, time) in lastSeen {
            try statement.execute { values in
                values.integer(partition.number)
                values.blob(account.bytes)
                values.integer(time.milliseconds)
            }
        }
    }

    /// When an account was last connected, as far as is known.
    static func lastSeen(
        _ account: AccountID,
        _ partition: Partition,
        _ database: Database
    ) throws -> Timestamp? {
        try Int64.fetchOne(
            database.cachedStatement(
                sql: "SELECT time_ms FROM last_seen WHERE partition = ? AND account = ?"
            ),
            arguments: [partition.number, blob(account.bytes)]
        ).map { Timestamp(milliseconds: $0) }
    }

    // MARK: Of what kind conversations are

    /// Writes of what kind conversations are; what is known already never changes.
    static func write(
        _ conversations: [ConversationID: KnownConversation],
        of partition: Partition,
        _ database: Database
    ) throws {
        guard !conversations.isEmpty else { return }
        let statement = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO conversations VALUES (?, ?, ?, ?, ?)"
        )
        for (conversation, known) in conversations {
            try statement.execute(arguments: [
                partition.number, blob(conversation.bytes), known.kind.rawValue,
                known.pair.map { blob($0.first.bytes) }, known.pair.map { blob($0.second.bytes) },
            ])
        }
    }

    /// Of what kind a conversation is, if an entry of it was ever seen here.
    static func conversation(
        _ conversation: ConversationID,
        _ partition: Partition,
        _ database: Database
    ) throws -> KnownConversation? {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT kind, first, second FROM conversations
                    WHERE partition = ? AND conversation = ?
                    """
            ),
            arguments: [partition.number, blob(conversation.bytes)]
        )
        guard let row, let kind = KnownConversation.Kind(rawValue: row[0]) else { return nil }
        guard kind == .direct else { return KnownConversation(kind: kind) }
        guard let first = (row[1] as Data?).flatMap({ AccountID(bytes: $0) }),
            let second = (row[2] as Data?).flatMap({ AccountID(bytes: $0) })
        else { return nil }
        return KnownConversation(kind: .direct, pair: .init(first: first, second: second))
    }
}
