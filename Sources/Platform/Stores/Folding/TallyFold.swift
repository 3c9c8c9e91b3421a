import Conversations
import Events

/// Folds an account's reaction to a message, or its vote: what it gives, and how often each was given.
///
/// What a withheld event gives stands in a row of its own beside what all see, and counts in no sum: who asks adds it up for itself.
struct TallyFold {
    /// The table with what accounts gave, its column, and the table and column with how often.
    private struct Tables {
        var given: String
        var value: String
        var sums: String
        var key: String
    }

    private let message: MessageFold
    private let tables: Tables

    static func reactions(_ message: MessageFold) -> TallyFold {
        let tables = Tables(
            given: "reactions",
            value: "emoji",
            sums: "reaction_sums",
            key: "emoji"
        )
        return TallyFold(message: message, tables: tables)
    }

    static func votes(_ message: MessageFold) -> TallyFold {
        let tables = Tables(given: "votes", value: "options", sums: "vote_sums", key: "option")
        return TallyFold(message: message, tables: tables)
    }

    /// The account gives this emoji, in place of another; empty: none any more.
    func set(_ emoji: String) throws {
        let old = try given()
        try replace(with: .text(emoji), isNothing: emoji.isEmpty)
        guard !message.event.isWithheld else { return }
        if case .text(let old)? = old { try add(-1, to: .text(old)) }
        if !emoji.isEmpty { try add(1, to: .text(emoji)) }
    }

    /// The account votes for these options, in place of others; none: the vote is taken back.
    func set(_ options: [UInt32]) throws {
        var mask: Int64 = 0
        for option in options where option < 63 { mask |= 1 << Int64(option) }
        let old = try given()
        try replace(with: .integer(mask), isNothing: mask == 0)
        guard !message.event.isWithheld else { return }
        if case .integer(let old)? = old {
            for option in Self.options(old) { try add(-1, to: .integer(Int64(option))) }
        }
        for option in Self.options(mask) { try add(1, to: .integer(Int64(option))) }
    }

    /// The options of a stored vote, in order.
    static func options(_ mask: Int64) -> [Int] {
        (0..<63).filter { mask & (1 << Int64($0)) != 0 }
    }

    /// What all see that the account gave.
    private func given() throws -> StoreValue? {
        let query = try BoundStatement(
            message.database,
            """
            SELECT \(tables.value) FROM \(tables.given)
            WHERE \(MessageFold.place) AND account = ?3 AND withheld = 0
            """
        )
        query.bind(1, message.event.conversation)
        query.bind(2, message.seq)
        query.bind(3, message.event.sender)
        return try query.first { $0.value(0, StoreTable.votes.type(of: tables.value)) }
    }

    private func replace(with value: StoreValue, isNothing: Bool) throws {
        let sender = message.event.sender
        if !message.event.isWithheld {
            // What all see is the newest now.
            let rows = isNothing ? "" : "AND withheld = 1"
            try message.run(
                "DELETE FROM \(tables.given) WHERE \(MessageFold.place) AND account = ?3 \(rows)"
            ) { $0.bind(3, sender) }
            if isNothing { return }
        }
        try message.run(
            """
            INSERT INTO \(tables.given)
                (conversation, message_seq, account, withheld, \(tables.value))
            VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (conversation, message_seq, account, withheld)
                DO UPDATE SET \(tables.value) = excluded.\(tables.value)
            """
        ) { statement in
            statement.bind(3, sender)
            statement.bind(4, message.event.isWithheld ? 1 : 0 as Int64)
            statement.bind(5, value)
        }
    }

    private func add(_ number: Int64, to key: StoreValue) throws {
        try message.run(
            """
            INSERT INTO \(tables.sums) (conversation, message_seq, \(tables.key), count)
            VALUES (?1, ?2, ?3, ?4) ON CONFLICT (conversation, message_seq, \(tables.key))
                DO UPDATE SET count = \(tables.sums).count + excluded.count
            """
        ) { statement in
            statement.bind(3, key)
            statement.bind(4, number)
        }
        guard number < 0 else { return }
        try message.run(
            """
            DELETE FROM \(tables.sums)
            WHERE \(MessageFold.place) AND \(tables.key) = ?3 AND count <= 0
            """
        ) { $0.bind(3, key) }
    }
}
