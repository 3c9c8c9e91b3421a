/// Step 7: of which message a pin is, though its own row is in an archive.
///
/// What was pinned before tells it by the row that the message has in the tables, which it lost at the earliest by step 5.
extension SQLiteHotStore {
    static let pinColumns = """
        ALTER TABLE pins ADD COLUMN message_id BLOB NOT NULL DEFAULT x'';
        UPDATE pins SET message_id = coalesce(
            (SELECT message_id FROM events WHERE events.conversation = pins.conversation
                AND events.seq = pins.message_seq AND events.kind = 16),
            (SELECT message_id FROM asides WHERE asides.conversation = pins.conversation
                AND asides.seq = pins.message_seq AND asides.kind = 16 LIMIT 1),
            x'');
        """
}
