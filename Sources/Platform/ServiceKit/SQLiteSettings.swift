import CSQLiteSettings

/// What SQLite is told once a process.
public enum SQLiteSettings {
    /// Whether SQLite counts no memory; the counting takes a lock for every allocation.
    ///
    /// Ask before the first database is opened: asking is what ends it.
    public static let isWithoutStatistics = martlet_sqlite_without_statistics() == 0
}
