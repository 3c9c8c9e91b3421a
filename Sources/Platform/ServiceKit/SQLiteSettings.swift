import CSQLiteSettings

/// What SQLite is told once a process.
public enum SQLiteSettings {
    /// Whether SQLite counts no memory; the counting takes a lock for every allocation.
    ///
    /// Ask before the first database is opened: asking is what ends it.
    public static let isWithoutStatistics = martlet_sqlite_without_statistics() == 0

    /// Has SQLite put what it sorts into a folder, if it can write there: where a large store has room, its sorting has, too.
    ///
    /// Of the process: call it before it matters, and not beside anything that sorts.
    public static func keepTemporaryFiles(in folder: String) {
        // It is the first use of SQLite, after which the counting can't be ended.
        _ = isWithoutStatistics
        martlet_sqlite_keep_temporary_files_in(folder)
    }
}
