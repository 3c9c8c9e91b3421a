import Conversations
import Events

/// The marks of a conversation, as ticks and receipts show them.
///
/// That an account has read something counts for itself alone, if it doesn't let others know: they are told that it has arrived. Who doesn't let others know is told nothing of theirs.
struct MarkQueries {
    let database: StoreConnection
    let standing: Standing
    /// Whether the account is told what others have read.
    let isToldReads: Bool

    /// Up to where the account has read.
    func ownRead() throws -> Int64 {
        max(
            try mark(.read, by: standing.account),
            try mark(.privateRead, by: standing.account)
        )
    }

    /// How far what the account sent has come, up to the last event that it may see; `nil` in a channel, and for who has left.
    func ticks(other: AccountID?, lastSeq: Int64) throws -> ConversationTicks? {
        switch standing.kind {
        case .channel: return nil
        case .direct:
            guard let other else { return ConversationTicks(deliveredSeq: 0, readSeq: 0) }
            let read = try mark(.read, by: other)
            // What was read has arrived, whichever mark came first, and in private too.
            let delivered = max(
                read,
                try mark(.delivered, by: other),
                try mark(.privateRead, by: other)
            )
            return ConversationTicks(
                deliveredSeq: min(lastSeq, delivered),
                readSeq: isToldReads ? min(lastSeq, read) : 0
            )
        case .group, nil:
            // Of the highest marks nobody knows when they were reached.
            guard !standing.isFormer else { return nil }
            return ConversationTicks(
                deliveredSeq: min(lastSeq, try lowest("reached_seq") ?? 0),
                readSeq: isToldReads ? min(lastSeq, try lowest("seen_seq") ?? 0) : 0
            )
        }
    }

    private func mark(_ kind: ReceiptMark.Kind, by account: AccountID) throws -> Int64 {
        let query = try BoundStatement(
            database,
            """
            SELECT seq FROM receipts WHERE conversation = ? AND account = ? AND kind = ?
            ORDER BY seq DESC LIMIT 1
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, account)
        query.bind(3, kind.rawValue)
        return try query.first { $0.integer(0) } ?? 0
    }

    /// The lowest mark of all members but the account; `nil`: there are no others.
    ///
    /// From the lowest on, until one is a member's: marks of those who left stay.
    private func lowest(_ column: String) throws -> Int64? {
        let query = try BoundStatement(
            database,
            """
            SELECT k.\(column) FROM marks k CROSS JOIN members m
                ON m.account = k.account AND m.conversation = k.conversation
            WHERE k.conversation = ? AND k.account <> ? AND m.role IS NOT NULL
            ORDER BY k.\(column) LIMIT 1
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, standing.account)
        return try query.first { $0.integer(0) }
    }

    // MARK: Receipts

    /// How many of those who were there by a seq have read up to it; `nil`: the account is not told.
    func readCount(at seq: Int64) throws -> Int64? {
        guard isToldReads, !standing.isFormer else { return nil }
        let query = try BoundStatement(
            database,
            """
            SELECT count(*) FROM marks
            WHERE conversation = ?1 AND seen_seq >= ?2 AND since_seq <= ?2 AND since_seq > 0
                AND account <> ?3
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, seq)
        query.bind(3, standing.account)
        return try query.first { $0.integer(0) } ?? 0
    }

    /// A page of who could see the account's message, by account.
    ///
    /// What was withheld has reached nobody, whatever is read after it. Who has left is told of what was before.
    func members(
        at seq: Int64,
        isWithheld: Bool,
        after account: AccountID?,
        limit: Int
    ) throws -> MessageReceipts.Extent {
        var accounts: [AccountID] = []
        var last = account
        var isAtEnd = false
        while !isAtEnd, accounts.count <= limit {
            isAtEnd = try !membersWhoSee(seq, after: &last, adding: &accounts)
        }
        accounts = Array(accounts.prefix(limit + 1))
        let hasMore = accounts.count > limit
        if hasMore { accounts.removeLast() }
        let members = try accounts.map { other in
            let times = isWithheld ? (nil, nil) : try self.times(of: seq, by: other)
            return MessageReceipts.Member(
                account: other,
                deliveredTime: times.0,
                readTime: times.1
            )
        }
        return .members(members, next: hasMore ? accounts.last : nil)
    }

    /// So many members are looked at with one query: some may not have been there.
    private static let membersPerQuery: Int64 = 500

    /// Adds some members that see an event; `false` if there are no more.
    private func membersWhoSee(
        _ seq: Int64,
        after account: inout AccountID?,
        adding accounts: inout [AccountID]
    ) throws -> Bool {
        let query = try BoundStatement(
            database,
            """
            SELECT role, from_seq, until_seq, earlier, account
            FROM members INDEXED BY members_by_conversation
            WHERE conversation = ?1 AND account > coalesce(?2, x'') ORDER BY account LIMIT ?3
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, account)
        query.bind(3, Self.membersPerQuery)
        var count: Int64 = 0
        try query.eachRow { row in
            let other: AccountID = try row.identifier(4)
            if other != standing.account, row.member(0).sees(UInt64(clamping: seq)) {
                accounts.append(other)
            }
            account = other
            count += 1
        }
        return count == Self.membersPerQuery
    }

    private func times(
        of seq: Int64,
        by account: AccountID
    ) throws -> (delivered: Timestamp?, read: Timestamp?) {
        let read = try time(.read, by: account, reaching: seq)
        let delivered = try time(.delivered, by: account, reaching: seq)
        // What was read has arrived, whichever mark came first, and in private too: from this time nobody can tell.
        let privately = try time(.privateRead, by: account, reaching: seq)
        return (
            [delivered, read, privately].compactMap { $0 }.min(), isToldReads ? read : nil
        )
    }

    private func time(
        _ kind: ReceiptMark.Kind,
        by account: AccountID,
        reaching seq: Int64
    ) throws -> Timestamp? {
        let query = try BoundStatement(
            database,
            """
            SELECT server_time FROM receipts
            WHERE conversation = ? AND account = ? AND kind = ? AND seq >= ? ORDER BY seq LIMIT 1
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, account)
        query.bind(3, kind.rawValue)
        query.bind(4, seq)
        let time = try query.first { $0.time(0) }
        return standing.hasLeft(by: time) ? nil : time
    }
}
