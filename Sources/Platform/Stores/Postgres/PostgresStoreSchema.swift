/// The tables in a PostgreSQL schema: those of SQLite, with the same names and columns.
///
/// Identifiers are 16 bytes, times milliseconds since 1970 UTC, texts ordered by their bytes. `events` is split by month of the server's time, so that what
/// is old and in archives goes without leaving holes in what is new. Steps are numbered and go forward only; a step that was released never changes.
enum PostgresStoreSchema {
    static let steps = [
        (identifier: "stores-1", sql: accounts + conversations + events + messages + admissions),
        (identifier: "stores-2-archives", sql: archives),
        (identifier: "stores-3-search", sql: PostgresSearchSchema.sql),
        (identifier: "stores-4-pins", sql: pins),
        (identifier: "stores-5-search-cut", sql: PostgresSearchSchema.cutTexts),
    ]

    private static let accounts = """
        CREATE TABLE accounts (
            account bytea PRIMARY KEY, name text COLLATE "C" NOT NULL, registered_time bigint NOT NULL
        );
        CREATE TABLE devices (
            account bytea NOT NULL, device bytea NOT NULL, name text COLLATE "C" NOT NULL,
            added_time bigint NOT NULL, removed_time bigint, PRIMARY KEY (account, device)
        );
        CREATE TABLE preferences (
            account bytea NOT NULL, conversation bytea NOT NULL, muted_until bigint NOT NULL,
            archived bigint NOT NULL, PRIMARY KEY (account, conversation)
        );
        CREATE TABLE stars (
            account bytea NOT NULL, conversation bytea NOT NULL, message bytea NOT NULL,
            starred_time bigint NOT NULL, PRIMARY KEY (account, conversation, message)
        );
        CREATE TABLE hidden (
            account bytea NOT NULL, conversation bytea NOT NULL, message bytea NOT NULL,
            PRIMARY KEY (account, conversation, message)
        );
        CREATE TABLE privacy (
            account bytea PRIMARY KEY, read_receipts bigint NOT NULL, presence bigint NOT NULL
        );
        CREATE TABLE contacts (
            account bytea NOT NULL, contact bytea NOT NULL, since_time bigint NOT NULL,
            PRIMARY KEY (account, contact)
        );
        CREATE INDEX devices_present ON devices (account, added_time DESC, device)
            WHERE removed_time IS NULL;
        CREATE INDEX stars_by_time ON stars (account, starred_time, conversation, message);

        """

    private static let conversations = """
        CREATE TABLE conversations (
            conversation bytea PRIMARY KEY, kind bigint NOT NULL, last_seq bigint NOT NULL,
            message_count bigint NOT NULL, last_server_time bigint NOT NULL,
            name text COLLATE "C" NOT NULL, description text COLLATE "C" NOT NULL,
            picture text COLLATE "C" NOT NULL, post_from bigint NOT NULL,
            edit_profile_from bigint NOT NULL, add_from bigint NOT NULL,
            disappear_after_s bigint NOT NULL, member_count bigint NOT NULL
        );
        CREATE TABLE members (
            account bytea NOT NULL, conversation bytea NOT NULL, from_seq bigint NOT NULL,
            until_seq bigint, last_sent_seq bigint NOT NULL, role bigint, earlier bytea,
            joined_time bigint NOT NULL, left_time bigint, left_name text COLLATE "C",
            left_picture text COLLATE "C", told_time bigint NOT NULL,
            PRIMARY KEY (account, conversation)
        );
        CREATE INDEX members_by_conversation ON members (conversation, account);
        CREATE INDEX members_present ON members (conversation, role, account)
            WHERE role IS NOT NULL;

        """

    private static let eventColumns = """
        seq bigint NOT NULL, message_count bigint NOT NULL, message_id bytea NOT NULL,
        kind bigint NOT NULL, sender bytea NOT NULL, device bytea NOT NULL, recipient bytea,
        server_time bigint NOT NULL, client_time bigint, content bytea NOT NULL,
        origin_topic bigint NOT NULL, origin_partition bigint NOT NULL,
        origin_offset bigint NOT NULL, origin_index bigint NOT NULL, details bytea
        """

    private static let events = """
        CREATE TABLE events (
            conversation bytea NOT NULL, \(eventColumns),
            PRIMARY KEY (conversation, seq, server_time)
        ) PARTITION BY RANGE (server_time);
        CREATE TABLE events_other PARTITION OF events DEFAULT;
        CREATE INDEX events_by_message ON events (message_id);
        CREATE TABLE asides (
            conversation bytea NOT NULL, reader bytea NOT NULL, \(eventColumns),
            PRIMARY KEY (conversation, reader, seq)
        );
        CREATE INDEX asides_by_message ON asides (message_id) WHERE kind = 16;
        CREATE TABLE receipts (
            conversation bytea NOT NULL, account bytea NOT NULL, kind bigint NOT NULL,
            seq bigint NOT NULL, server_time bigint NOT NULL,
            PRIMARY KEY (conversation, account, kind, seq)
        );
        CREATE TABLE marks (
            conversation bytea NOT NULL, account bytea NOT NULL, since_seq bigint NOT NULL,
            reached_seq bigint NOT NULL, seen_seq bigint NOT NULL,
            PRIMARY KEY (conversation, account)
        );
        CREATE INDEX marks_by_reached ON marks (conversation, reached_seq, account);
        CREATE INDEX marks_by_seen ON marks (conversation, seen_seq, since_seq, account);
        CREATE TABLE checkpoints (
            topic bigint NOT NULL, partition bigint NOT NULL, next_offset bigint NOT NULL,
            PRIMARY KEY (topic, partition)
        );
        CREATE TABLE origin_marks (
            input_topic bigint NOT NULL, input_partition bigint NOT NULL, topic bigint NOT NULL,
            partition bigint NOT NULL, origin_offset bigint NOT NULL, origin_index bigint NOT NULL,
            PRIMARY KEY (input_topic, input_partition, topic, partition)
        );

        """

    private static let messages = """
        CREATE TABLE messages (
            conversation bytea NOT NULL, message_seq bigint NOT NULL, scope bytea NOT NULL,
            expires_time bigint, edited_time bigint, moved_time bigint, deleted_time bigint,
            content bytea, PRIMARY KEY (conversation, message_seq, scope)
        );
        CREATE INDEX messages_expiring ON messages (expires_time)
            WHERE expires_time IS NOT NULL AND content IS NOT NULL;
        CREATE TABLE reactions (
            conversation bytea NOT NULL, message_seq bigint NOT NULL, account bytea NOT NULL,
            withheld bigint NOT NULL, emoji text COLLATE "C" NOT NULL,
            PRIMARY KEY (conversation, message_seq, account, withheld)
        );
        CREATE TABLE reaction_sums (
            conversation bytea NOT NULL, message_seq bigint NOT NULL,
            emoji text COLLATE "C" NOT NULL, count bigint NOT NULL,
            PRIMARY KEY (conversation, message_seq, emoji)
        );
        CREATE INDEX reaction_sums_by_count
            ON reaction_sums (conversation, message_seq, count DESC, emoji);
        CREATE TABLE votes (
            conversation bytea NOT NULL, message_seq bigint NOT NULL, account bytea NOT NULL,
            withheld bigint NOT NULL, options bigint NOT NULL,
            PRIMARY KEY (conversation, message_seq, account, withheld)
        );
        CREATE TABLE vote_sums (
            conversation bytea NOT NULL, message_seq bigint NOT NULL, option bigint NOT NULL,
            count bigint NOT NULL, PRIMARY KEY (conversation, message_seq, option)
        );
        CREATE TABLE pins (
            conversation bytea NOT NULL, message_seq bigint NOT NULL, scope bytea NOT NULL,
            pinned_seq bigint NOT NULL, PRIMARY KEY (conversation, message_seq, scope)
        );

        """

    private static let admissions = """
        CREATE TABLE invites (
            conversation bytea NOT NULL, secret bytea NOT NULL, creator bytea NOT NULL,
            created_time bigint NOT NULL, expires_time bigint, uses_max bigint NOT NULL,
            needs_approval bigint NOT NULL, uses bigint NOT NULL, PRIMARY KEY (conversation, secret)
        );
        CREATE TABLE requests (
            conversation bytea NOT NULL, account bytea NOT NULL, requested_time bigint NOT NULL,
            PRIMARY KEY (conversation, account)
        );
        CREATE TABLE bans (
            conversation bytea NOT NULL, account bytea NOT NULL, banned_by bytea NOT NULL,
            banned_time bigint NOT NULL, PRIMARY KEY (conversation, account)
        );
        """

    private static let archives = """
        CREATE TABLE archives (
            archive text COLLATE "C" PRIMARY KEY, day bigint NOT NULL, shard bigint NOT NULL,
            events bigint NOT NULL, bytes bigint NOT NULL, sha256 bytea NOT NULL
        );
        CREATE TABLE archived (
            conversation bytea NOT NULL, last_seq bigint NOT NULL, first_seq bigint NOT NULL,
            archive text COLLATE "C" NOT NULL, events bigint NOT NULL, first_time bigint NOT NULL,
            last_time bigint NOT NULL, counts bytea NOT NULL, PRIMARY KEY (conversation, last_seq)
        );
        CREATE INDEX archived_by_archive ON archived (archive);
        """

    /// Of which message a pin is, though its own row is in an archive; of what was pinned before as far as the tables tell.
    private static let pins = """
        ALTER TABLE pins ADD COLUMN message_id bytea NOT NULL DEFAULT '';
        UPDATE pins SET message_id = coalesce(
            (SELECT message_id FROM events WHERE events.conversation = pins.conversation
                AND events.seq = pins.message_seq AND events.kind = 16 LIMIT 1),
            (SELECT message_id FROM asides WHERE asides.conversation = pins.conversation
                AND asides.seq = pins.message_seq AND asides.kind = 16 LIMIT 1),
            '');
        """
}
