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
        SchemaStep(identifier: "stores-3-groups", sql: groupColumns + groupTables + groupIndexes),
        SchemaStep(identifier: "stores-4-accounts", sql: accountTables + admissions),
        SchemaStep(identifier: "stores-5-archives", sql: archiveTables),
        SchemaStep(identifier: "stores-6-search", sql: searchTables),
        SchemaStep(identifier: "stores-7-pins", sql: pinColumns),
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

    // MARK: Step 3: groups, channels, and what can be done to messages

    /// What was there before are direct conversations, in which nothing but messages was ever posted.
    private static let groupColumns = """
        ALTER TABLE conversations ADD COLUMN name TEXT NOT NULL DEFAULT '';
        ALTER TABLE conversations ADD COLUMN description TEXT NOT NULL DEFAULT '';
        ALTER TABLE conversations ADD COLUMN picture TEXT NOT NULL DEFAULT '';
        ALTER TABLE conversations ADD COLUMN post_from INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE conversations ADD COLUMN edit_profile_from INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE conversations ADD COLUMN add_from INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE conversations ADD COLUMN disappear_after_s INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE conversations ADD COLUMN member_count INTEGER NOT NULL DEFAULT 0;
        UPDATE conversations SET member_count = 2;
        ALTER TABLE members ADD COLUMN role INTEGER;
        ALTER TABLE members ADD COLUMN earlier BLOB;
        ALTER TABLE members ADD COLUMN joined_time INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE members ADD COLUMN left_time INTEGER;
        ALTER TABLE members ADD COLUMN left_name TEXT;
        ALTER TABLE members ADD COLUMN left_picture TEXT;
        ALTER TABLE members ADD COLUMN told_time INTEGER NOT NULL DEFAULT 0;
        UPDATE members SET role = 1, joined_time = coalesce(
            (SELECT server_time FROM events
                WHERE events.conversation = members.conversation ORDER BY seq LIMIT 1), 0);
        ALTER TABLE events ADD COLUMN details BLOB;

        """

    private static let groupTables = """
        CREATE TABLE asides (
            conversation BLOB NOT NULL,
            reader BLOB NOT NULL,
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
            details BLOB,
            PRIMARY KEY (conversation, reader, seq)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE messages (
            conversation BLOB NOT NULL,
            message_seq INTEGER NOT NULL,
            scope BLOB NOT NULL,
            expires_time INTEGER,
            edited_time INTEGER,
            moved_time INTEGER,
            deleted_time INTEGER,
            content BLOB,
            PRIMARY KEY (conversation, message_seq, scope)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE reactions (
            conversation BLOB NOT NULL,
            message_seq INTEGER NOT NULL,
            account BLOB NOT NULL,
            withheld INTEGER NOT NULL,
            emoji TEXT NOT NULL,
            PRIMARY KEY (conversation, message_seq, account, withheld)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE reaction_sums (
            conversation BLOB NOT NULL,
            message_seq INTEGER NOT NULL,
            emoji TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (conversation, message_seq, emoji)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE votes (
            conversation BLOB NOT NULL,
            message_seq INTEGER NOT NULL,
            account BLOB NOT NULL,
            withheld INTEGER NOT NULL,
            options INTEGER NOT NULL,
            PRIMARY KEY (conversation, message_seq, account, withheld)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE vote_sums (
            conversation BLOB NOT NULL,
            message_seq INTEGER NOT NULL,
            option INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (conversation, message_seq, option)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE pins (
            conversation BLOB NOT NULL,
            message_seq INTEGER NOT NULL,
            scope BLOB NOT NULL,
            pinned_seq INTEGER NOT NULL,
            PRIMARY KEY (conversation, message_seq, scope)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE invites (
            conversation BLOB NOT NULL,
            secret BLOB NOT NULL,
            creator BLOB NOT NULL,
            created_time INTEGER NOT NULL,
            expires_time INTEGER,
            uses_max INTEGER NOT NULL,
            needs_approval INTEGER NOT NULL,
            uses INTEGER NOT NULL,
            PRIMARY KEY (conversation, secret)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE marks (
            conversation BLOB NOT NULL,
            account BLOB NOT NULL,
            since_seq INTEGER NOT NULL,
            reached_seq INTEGER NOT NULL,
            seen_seq INTEGER NOT NULL,
            PRIMARY KEY (conversation, account)
        ) STRICT, WITHOUT ROWID;

        """

    /// Ids of direct conversations that look like UUIDv7 get the rows of `marks` that a fold gives them.
    private static let groupIndexes = """
        INSERT INTO marks (conversation, account, since_seq, reached_seq, seen_seq)
            SELECT conversation, account, 0, max(seq), max(iif(kind = 2, seq, 0)) FROM receipts
            WHERE hex(substr(conversation, 7, 1)) LIKE '7%'
                AND hex(substr(conversation, 9, 1)) BETWEEN '80' AND 'BF'
            GROUP BY conversation, account;
        CREATE INDEX members_present ON members (conversation, role, account)
            WHERE role IS NOT NULL;
        CREATE INDEX asides_by_message ON asides (message_id) WHERE kind = 16;
        CREATE INDEX messages_expiring ON messages (expires_time)
            WHERE expires_time IS NOT NULL AND content IS NOT NULL;
        CREATE INDEX reaction_sums_by_count
            ON reaction_sums (conversation, message_seq, count DESC, emoji);
        CREATE INDEX marks_by_reached ON marks (conversation, reached_seq, account);
        CREATE INDEX marks_by_seen ON marks (conversation, seen_seq, since_seq, account);
        """
}
