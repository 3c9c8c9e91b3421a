import GRDB

extension SQLiteHotStore {
    /// A numbered step of the store's tables.
    public struct SchemaStep: Sendable {
        /// Unique and never changed.
        public let identifier: String
        /// The statements, separated by semicolons.
        public let sql: String
    }

    /// The steps to the present tables, numbered, forward only; a step that was released never changes.
    ///
    /// Identifiers are 16-byte blobs, times milliseconds since 1970 UTC. Every table is clustered by its key: a
    /// page of a conversation is one or two pages of the file. Whoever migrates with GRDB under these identifiers, a
    /// projection runner as well as the store itself, leaves the same tables.
    public static let schemaSteps = [
        SchemaStep(identifier: "stores-1-tables", sql: tables),
        SchemaStep(identifier: "stores-2-indexes", sql: indexes),
    ]

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for step in schemaSteps {
            migrator.registerMigration(step.identifier) { try $0.execute(sql: step.sql) }
        }
        return migrator
    }

    /// Refuses a database that a newer version has migrated.
    ///
    /// Others may keep tables of their own in the file; only steps of ours count.
    static func checkIsNotNewer(_ database: Database) throws {
        let ours = Set(schemaSteps.map(\.identifier))
        let applied = try migrator.appliedIdentifiers(database)
        guard applied.allSatisfy({ !$0.hasPrefix("stores-") || ours.contains($0) }) else {
            throw StoreError(.tooNew, "the store was made by a newer version")
        }
    }

    private static let tables = """
        CREATE TABLE accounts (
            account BLOB NOT NULL PRIMARY KEY,
            name TEXT NOT NULL,
            registered_time INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE devices (
            account BLOB NOT NULL,
            device BLOB NOT NULL,
            name TEXT NOT NULL,
            added_time INTEGER NOT NULL,
            PRIMARY KEY (account, device)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE conversations (
            conversation BLOB NOT NULL PRIMARY KEY,
            kind INTEGER NOT NULL,
            last_seq INTEGER NOT NULL,
            message_count INTEGER NOT NULL,
            last_server_time INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE members (
            account BLOB NOT NULL,
            conversation BLOB NOT NULL,
            from_seq INTEGER NOT NULL,
            until_seq INTEGER,
            last_sent_seq INTEGER NOT NULL,
            PRIMARY KEY (account, conversation)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE events (
            conversation BLOB NOT NULL,
            seq INTEGER NOT NULL,
            message_count INTEGER NOT NULL,
            message_id BLOB NOT NULL,
            kind INTEGER NOT NULL,
            sender BLOB NOT NULL,
            device BLOB NOT NULL,
            recipient BLOB,
            server_time INTEGER NOT NULL,
            client_time INTEGER,
            content BLOB NOT NULL,
            origin_topic INTEGER NOT NULL,
            origin_partition INTEGER NOT NULL,
            origin_offset INTEGER NOT NULL,
            origin_index INTEGER NOT NULL,
            PRIMARY KEY (conversation, seq)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE receipts (
            conversation BLOB NOT NULL,
            account BLOB NOT NULL,
            kind INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            server_time INTEGER NOT NULL,
            PRIMARY KEY (conversation, account, kind, seq)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE checkpoints (
            topic INTEGER NOT NULL,
            partition INTEGER NOT NULL,
            next_offset INTEGER NOT NULL,
            PRIMARY KEY (topic, partition)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE origin_marks (
            input_topic INTEGER NOT NULL,
            input_partition INTEGER NOT NULL,
            topic INTEGER NOT NULL,
            partition INTEGER NOT NULL,
            origin_offset INTEGER NOT NULL,
            origin_index INTEGER NOT NULL,
            PRIMARY KEY (input_topic, input_partition, topic, partition)
        ) STRICT, WITHOUT ROWID;
        """

    private static let indexes = """
        CREATE INDEX members_by_conversation ON members (conversation);
        CREATE INDEX events_by_message ON events (message_id);
        """
}
