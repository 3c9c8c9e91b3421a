import Events

/// The highest marks of a batch in groups and channels: what ticks and read counts are taken from.
///
/// Everything is merged by maximum, so it is no matter whether timeline or receipts came first: `since_seq` is where the account last came,
/// `reached_seq` and `seen_seq` are its marks, but at least what was there before it came. Direct conversations need none of it. They are told by
/// their ids, since a mark does not say where it belongs; one in 64 of them looks like a group's, and gets a row that is never read.
struct MarkFold {
    private struct Key: Hashable, Comparable {
        var conversation: ConversationID
        var account: AccountID

        static func < (left: Self, right: Self) -> Bool {
            (left.conversation, left.account) < (right.conversation, right.account)
        }
    }

    private struct Value {
        var since: Int64 = 0
        var reached: Int64 = 0
        var seen: Int64 = 0
    }

    private var values: [Key: Value] = [:]

    mutating func note(
        _ conversation: ConversationID,
        _ account: AccountID,
        since: Int64 = 0,
        reached: Int64,
        seen: Int64
    ) {
        let key = Key(conversation: conversation, account: account)
        var value = values[key] ?? Value()
        value.since = max(value.since, since)
        value.reached = max(value.reached, reached, seen)
        value.seen = max(value.seen, seen)
        values[key] = value
    }

    /// Notes a mark, unless it is in a direct conversation; of a private reading, that it has arrived.
    mutating func note(_ mark: ReceiptMark) {
        guard mark.conversation.isUUIDv7 else { return }
        note(
            mark.conversation,
            mark.account,
            reached: mark.seq,
            seen: mark.kind == .read ? mark.seq : 0
        )
    }

    func write(to database: StoreConnection) throws {
        guard !values.isEmpty else { return }
        let statement = try BoundStatement(
            database,
            """
            INSERT INTO marks AS m (conversation, account, since_seq, reached_seq, seen_seq)
            VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (conversation, account) DO UPDATE SET
                since_seq = max(m.since_seq, excluded.since_seq),
                reached_seq = max(m.reached_seq, excluded.reached_seq),
                seen_seq = max(m.seen_seq, excluded.seen_seq)
            WHERE m.since_seq < excluded.since_seq OR m.reached_seq < excluded.reached_seq
                OR m.seen_seq < excluded.seen_seq
            """
        )
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            statement.bind(1, key.conversation)
            statement.bind(2, key.account)
            statement.bind(3, value.since)
            statement.bind(4, value.reached)
            statement.bind(5, value.seen)
            try statement.run()
        }
    }
}
