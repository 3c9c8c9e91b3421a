/// Step 4: what accounts set for themselves, and who waits for or is banned from a conversation.
///
/// What was there before has no settings: until now such records could not be folded.
extension SQLiteHotStore {
    static let accountTables = """
        ALTER TABLE devices ADD COLUMN removed_time INTEGER;
        CREATE TABLE preferences (
            account BLOB NOT NULL,
            conversation BLOB NOT NULL,
            muted_until INTEGER NOT NULL,
            archived INTEGER NOT NULL,
            PRIMARY KEY (account, conversation)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE stars (
            account BLOB NOT NULL,
            conversation BLOB NOT NULL,
            message BLOB NOT NULL,
            starred_time INTEGER NOT NULL,
            PRIMARY KEY (account, conversation, message)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE hidden (
            account BLOB NOT NULL,
            conversation BLOB NOT NULL,
            message BLOB NOT NULL,
            PRIMARY KEY (account, conversation, message)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE privacy (
            account BLOB NOT NULL PRIMARY KEY,
            read_receipts INTEGER NOT NULL,
            presence INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE contacts (
            account BLOB NOT NULL,
            contact BLOB NOT NULL,
            since_time INTEGER NOT NULL,
            PRIMARY KEY (account, contact)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE requests (
            conversation BLOB NOT NULL,
            account BLOB NOT NULL,
            requested_time INTEGER NOT NULL,
            PRIMARY KEY (conversation, account)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE bans (
            conversation BLOB NOT NULL,
            account BLOB NOT NULL,
            banned_by BLOB NOT NULL,
            banned_time INTEGER NOT NULL,
            PRIMARY KEY (conversation, account)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX devices_present ON devices (account, added_time DESC, device)
            WHERE removed_time IS NULL;
        CREATE INDEX stars_by_time ON stars (account, starred_time, conversation, message);

        """

    /// Requests and bans are in the events that the store has: the last one about an account tells how it stands.
    ///
    /// An encoded `ConversationAction` begins with the tag of its kind: 4a set_ban, 62 join, 6a decide_join. In the first and the last the account
    /// is 16 bytes from the fifth on, and what is true makes two bytes more: 22. A join that waits changes no members, so
    /// it has no details. Of an aside the moderators' row, 02, stands for all.
    static let admissions = """
        CREATE TEMP TABLE admissions AS
            SELECT conversation, seq, sender, server_time, content, details FROM events
            WHERE kind = 17 AND substr(content, 1, 1) IN (x'4a', x'6a')
            UNION ALL
            SELECT conversation, seq, sender, server_time, content, details FROM asides
            WHERE kind = 17 AND reader = x'02' AND substr(content, 1, 1) IN (x'4a', x'62', x'6a');
        INSERT INTO bans (conversation, account, banned_by, banned_time)
            SELECT conversation, account, sender, server_time FROM (
                SELECT conversation, substr(content, 5, 16) AS account, sender, server_time,
                    length(content) = 22 AS banned, max(seq)
                FROM admissions WHERE substr(content, 1, 1) = x'4a'
                GROUP BY conversation, account)
            WHERE banned;
        INSERT INTO requests (conversation, account, requested_time)
            SELECT conversation, account, server_time FROM (
                SELECT conversation, account, server_time, waits, max(seq) AS seq FROM (
                    SELECT conversation, seq, server_time, sender AS account, 1 AS waits
                    FROM admissions WHERE substr(content, 1, 1) = x'62' AND details IS NULL
                    UNION ALL
                    SELECT conversation, seq, server_time, substr(content, 5, 16), 0
                    FROM admissions WHERE substr(content, 1, 1) = x'6a'
                        OR (substr(content, 1, 1) = x'4a' AND length(content) = 22))
                GROUP BY conversation, account) AS last
            WHERE waits AND NOT EXISTS (
                SELECT 1 FROM members
                WHERE members.account = last.account AND members.conversation = last.conversation
                    AND members.from_seq > last.seq);
        DROP TABLE admissions;
        """
}
