/// Step 5: which archives hold what the tables do not hold any more. The projection's own positions were the same as the store's.
extension SQLiteHotStore {
    static let archiveTables = """
        DROP TABLE IF EXISTS positions;
        CREATE TABLE archives (
            archive TEXT NOT NULL PRIMARY KEY,
            day INTEGER NOT NULL,
            shard INTEGER NOT NULL,
            events INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            sha256 BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE archived (
            conversation BLOB NOT NULL,
            last_seq INTEGER NOT NULL,
            first_seq INTEGER NOT NULL,
            archive TEXT NOT NULL,
            events INTEGER NOT NULL,
            first_time INTEGER NOT NULL,
            last_time INTEGER NOT NULL,
            counts BLOB NOT NULL,
            PRIMARY KEY (conversation, last_seq)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX archived_by_archive ON archived (archive);
        """
}
