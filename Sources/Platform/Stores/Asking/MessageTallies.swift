import Events

/// What was given to messages of a conversation, as an account sees it: reactions and votes.
///
/// Sums count what all know of. What the account gave and the other was not told of is added for it alone. Sums don't say when they grew, so who has left is
/// told what it gave itself alone.
struct MessageTallies {
    /// How often each was given, and what the account gave.
    struct Given<Counts, Own> {
        var counts: Counts
        var own: Own
    }

    let database: StoreConnection
    let standing: Standing

    // MARK: Reactions

    /// The reactions to messages; nothing for one without any.
    func reactions(
        to seqs: Set<Int64>
    ) throws -> [Int64: Given<[MessageState.Reaction], String?>] {
        let counts = try counts(of: seqs)
        let given = try given(in: "reactions", "emoji", seqs) { $0.text(1) }
        var result: [Int64: Given<[MessageState.Reaction], String?>] = [:]
        for seq in Set(counts.keys).union(given.told.keys).union(given.own.keys) {
            var known = counts[seq] ?? []
            let (told, own) = (given.told[seq], given.own[seq])
            if let own {
                Self.add(-1, told, &known)
                Self.add(1, own.isEmpty ? nil : own, &known)
            }
            let mine = own ?? told
            result[seq] = Given(
                counts: Array(known.prefix(MessageState.reactionsMax)),
                own: mine?.isEmpty == true ? nil : mine
            )
        }
        return result
    }

    /// How often each emoji was given to messages, the most frequent first.
    private func counts(of seqs: Set<Int64>) throws -> [Int64: [MessageState.Reaction]] {
        guard !standing.isFormer else { return [:] }
        var counts: [Int64: [MessageState.Reaction]] = [:]
        // One more: one's own may have to go.
        let query = try BoundStatement(
            database,
            """
            SELECT message_seq, emoji, count FROM reaction_sums
            WHERE conversation = ?1 AND message_seq IN (?2)
            ORDER BY count DESC, emoji LIMIT ?3
            """,
            postgres: """
                SELECT s.seq, r.emoji, r.count FROM unnest($2) AS s(seq) CROSS JOIN LATERAL (
                    SELECT emoji, count FROM reaction_sums
                    WHERE conversation = $1 AND message_seq = s.seq
                    ORDER BY count DESC, emoji LIMIT $3) r
                ORDER BY r.count DESC, r.emoji
                """
        )
        query.bind(1, standing.conversation)
        query.bind(3, Int64(MessageState.reactionsMax + 1))
        try query.eachRow(among: seqs.sorted(), at: 2) { row in
            counts[row.integer(0), default: []].append(
                MessageState.Reaction(emoji: row.text(1), count: row.integer(2))
            )
        }
        return counts
    }

    private static func add(
        _ number: Int64,
        _ emoji: String?,
        _ counts: inout [MessageState.Reaction]
    ) {
        guard let emoji else { return }
        if let place = counts.firstIndex(where: { $0.emoji == emoji }) {
            counts[place].count += number
        } else if number > 0 {
            counts.append(MessageState.Reaction(emoji: emoji, count: number))
        }
        counts.removeAll { $0.count <= 0 }
        counts.sort { left, right in
            left.count == right.count
                ? left.emoji.utf8.lexicographicallyPrecedes(right.emoji.utf8)
                : left.count > right.count
        }
    }

    // MARK: Votes

    /// The votes in polls, given with how many options each has.
    func votes(in polls: [Int64: Int]) throws -> [Int64: Given<[Int64], [Int]>] {
        guard !polls.isEmpty, !standing.isFormer else { return [:] }
        var counts = polls.mapValues { [Int64](repeating: 0, count: $0) }
        let query = try BoundStatement(
            database,
            """
            SELECT message_seq, option, count FROM vote_sums
            WHERE conversation = ?1 AND message_seq IN (?2)
            """
        )
        query.bind(1, standing.conversation)
        let seqs = Set(polls.keys)
        try query.eachRow(among: seqs.sorted(), at: 2) { row in
            let option = Int(clamping: row.integer(1))
            if counts[row.integer(0)]?.indices.contains(option) == true {
                counts[row.integer(0)]?[option] = row.integer(2)
            }
        }
        let given = try given(in: "votes", "options", seqs) { TallyFold.options($0.integer(1)) }
        var result: [Int64: Given<[Int64], [Int]>] = [:]
        for (seq, known) in counts {
            var known = known
            let (told, own) = (given.told[seq], given.own[seq])
            if let own {
                for option in told ?? [] where known.indices.contains(option) { known[option] -= 1 }
                for option in own where known.indices.contains(option) { known[option] += 1 }
            }
            let mine = (own ?? told ?? []).filter(known.indices.contains)
            result[seq] = Given(counts: known, own: mine)
        }
        return result
    }

    /// What the account gave to messages: what all know of, and what they were not told of, if that is newer.
    private func given<Value>(
        in table: String,
        _ column: String,
        _ seqs: Set<Int64>,
        _ value: (ResultRow) -> Value
    ) throws -> (told: [Int64: Value], own: [Int64: Value]) {
        let query = try BoundStatement(
            database,
            """
            SELECT message_seq, \(column), withheld FROM \(table)
            WHERE conversation = ?1 AND message_seq IN (?2) AND account = ?3
            """
        )
        query.bind(1, standing.conversation)
        query.bind(3, standing.account)
        var told: [Int64: Value] = [:]
        var own: [Int64: Value] = [:]
        try query.eachRow(among: seqs.sorted(), at: 2) { row in
            if row.integer(2) == 0 {
                told[row.integer(0)] = value(row)
            } else {
                own[row.integer(0)] = value(row)
            }
        }
        return (told, own)
    }
}
