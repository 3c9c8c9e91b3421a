/// Step 6: what messages say, to be searched. What was there before is indexed as what is new is.
///
/// Words come to FTS5 parted by spaces, letters and digits only: its tokenizer `ascii` parts them there and changes nothing. It keeps neither texts
/// nor their lengths, which only ranks would need, and finds beginnings of two and three letters, which very many words have, by an index of
/// their own.
extension SQLiteHotStore {
    static let searchTables = """
        ALTER TABLE conversations ADD COLUMN search_seq INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE searched (
            id INTEGER NOT NULL PRIMARY KEY,
            conversation BLOB NOT NULL,
            seq INTEGER NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX searched_by_place ON searched (conversation, seq);
        CREATE TABLE search_removed (
            id INTEGER NOT NULL PRIMARY KEY,
            conversation BLOB NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
        CREATE VIRTUAL TABLE search_words USING fts5(
            scope, body, content = '', columnsize = 0, prefix = '2 3', tokenize = 'ascii');
        CREATE INDEX conversations_unsearched ON conversations (conversation)
            WHERE last_seq > search_seq;
        """
}
