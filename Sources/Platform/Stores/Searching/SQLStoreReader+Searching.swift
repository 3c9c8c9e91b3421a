public import Events

extension SQLStoreReader {
    /// The messages of an account's conversations, or of one of them, that match, the newest first.
    public func search(
        _ query: SearchQuery,
        in conversation: ConversationID?,
        for viewer: Viewer,
        before cursor: SearchCursor?,
        limit: Int
    ) throws -> SearchPage? {
        try read(for: viewer) { database in
            let queries = SearchQueries(database: database, viewer: viewer, query: query)
            return try queries.page(in: conversation, before: cursor, limit: limit)
        }
    }
}
