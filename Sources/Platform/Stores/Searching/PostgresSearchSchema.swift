/// The tables of the search in PostgreSQL; `conversations` is there before.
enum PostgresSearchSchema {
    /// The statements, separated by semicolons.
    ///
    /// New words go straight to their places in the index: a list of them that is searched from end to end would be waited for by every search.
    static let sql = """
        ALTER TABLE conversations ADD COLUMN search_seq bigint NOT NULL DEFAULT 0;
        CREATE TABLE searched (
            id bigint NOT NULL PRIMARY KEY,
            conversation bytea NOT NULL,
            seq bigint NOT NULL,
            body tsvector NOT NULL
        );
        CREATE UNIQUE INDEX searched_by_place ON searched (conversation, seq);
        CREATE INDEX searched_by_words ON searched USING gin (body) WITH (fastupdate = off);
        CREATE INDEX conversations_unsearched ON conversations (conversation)
            WHERE last_seq > search_seq;
        """

    /// Says of texts that were indexed before that not all places of their words are known.
    static let cutTexts = """
        UPDATE searched SET body = body || CAST('''\(SearchQuery.cutLexeme)''' AS tsvector)
        WHERE EXISTS (SELECT 1 FROM unnest(body) w WHERE cardinality(w.positions) >= 256);
        """
}
