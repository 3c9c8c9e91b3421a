extension SQLStoreReader {
    /// A page of an account's conversations as they are now, each with what came after a moment.
    public func changes(
        for viewer: Viewer,
        from cursor: SyncCursor,
        limit: Int
    ) throws -> SyncPage {
        try read(for: viewer) {
            try SyncQueries(database: $0, viewer: viewer).page(cursor, limit: limit)
        }
    }
}
