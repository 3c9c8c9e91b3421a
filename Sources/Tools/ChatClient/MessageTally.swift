import Events
import MartletClient

/// The reactions to a message and the votes in a poll.
///
/// A page of history tells how many there are; events tell of each. Whose reaction an event replaces is known if it was seen.
struct MessageTally: Equatable {
    private struct Reaction: Equatable {
        var emoji: String
        var seq: UInt64
    }

    private struct Vote: Equatable {
        var options: [Int]
        var seq: UInt64
    }

    private var counts: [String: UInt64] = [:]
    private var reactions: [AccountID: Reaction] = [:]
    private var votes: [Int: UInt64] = [:]
    private var voters: [AccountID: Vote] = [:]

    init() {}

    /// What a page of history tells.
    init(_ updates: MessageUpdates, me: AccountID) {
        for reaction in updates.reactions {
            counts[reaction.emoji, default: 0] += reaction.count
        }
        if let emoji = updates.ownReaction {
            reactions[me] = Reaction(emoji: emoji, seq: 0)
        }
        for (option, count) in updates.votes.enumerated() {
            votes[option] = count
        }
        if !updates.ownVotes.isEmpty {
            voters[me] = Vote(options: updates.ownVotes, seq: 0)
        }
    }

    /// An account reacts; empty: not any more.
    mutating func react(_ account: AccountID, _ emoji: String, seq: UInt64) {
        if let old = reactions[account]?.emoji {
            counts[old] = counts[old].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
        if !emoji.isEmpty {
            counts[emoji, default: 0] += 1
        }
        reactions[account] = Reaction(emoji: emoji, seq: seq)
    }

    /// An account votes; none: it takes its vote back.
    mutating func vote(_ account: AccountID, _ options: [Int], seq: UInt64) {
        for old in voters[account]?.options ?? [] {
            votes[old] = votes[old].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
        for option in options {
            votes[option, default: 0] += 1
        }
        voters[account] = Vote(options: options, seq: seq)
    }

    /// An account is known to have reacted so, which the counts contain already.
    mutating func recall(_ account: AccountID, reaction emoji: String, seq: UInt64) {
        guard seq > reactions[account]?.seq ?? 0 else { return }
        reactions[account] = emoji.isEmpty ? nil : Reaction(emoji: emoji, seq: seq)
    }

    /// An account is known to have voted so, which the counts contain already.
    mutating func recall(_ account: AccountID, votes options: [Int], seq: UInt64) {
        guard seq > voters[account]?.seq ?? 0 else { return }
        voters[account] = Vote(options: options, seq: seq)
    }

    /// The emojis with their counts, the most frequent first.
    var emojis: [(emoji: String, count: UInt64)] {
        counts.filter { $0.value > 0 }.map { ($0.key, $0.value) }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }

    /// The votes for an option.
    func votes(for option: Int) -> UInt64 { votes[option] ?? 0 }

    /// Whether an account voted for an option, as far as is known.
    func hasVoted(_ account: AccountID, for option: Int) -> Bool {
        voters[account]?.options.contains(option) ?? false
    }
}
