import Conversations
import Events
import GRDB
import SwiftProtobuf

/// What became of the messages of a conversation, as an account sees them now.
struct MessageQueries {
    let database: Database
    let standing: Standing
    let now: Timestamp

    /// A row of `messages`.
    private struct Version {
        var expires: Timestamp?
        var edited: Timestamp?
        var moved: Timestamp?
        var deleted: Timestamp?
        var content: [UInt8]?
    }

    /// Events as they are shown.
    func shown(_ events: [TimelineEvent]) throws -> [PageEvent] { try events.map(shown) }

    /// An event as it is shown.
    func shown(_ event: TimelineEvent) throws -> PageEvent {
        var event = event
        var state: MessageState?
        switch event.body {
        case .messagePosted(var post):
            let seq = Int64(clamping: event.seq)
            var (found, isStarred) = try own(event.submission)
            post.content = try content(of: seq, post.content, post.expiresAt, &found)
            if found.presence == .here {
                found.isStarred = isStarred
                try addTallies(of: seq, post.content, &found)
            }
            event.body = .messagePosted(post)
            state = found
        case .acted(.editMessage(let id, _)):
            var found = try own(id).state
            let content = try content(of: Int64(clamping: event.messageSeq), [], nil, &found)
            event.body = .acted(.editMessage(id, content: content))
            state = found
        case .acted(.moveLiveLocation(let id, _)):
            var found = try own(id).state
            let content = try content(of: Int64(clamping: event.messageSeq), [], nil, &found)
            event.body = .acted(.moveLiveLocation(id, location: Self.place(in: content)))
            state = found
        default: break
        }
        return PageEvent(event: event, state: state)
    }

    // MARK: What the account has done for itself

    /// A message's state as far as the account has decided it, and whether it has starred it.
    private func own(_ message: SubmissionID) throws -> (state: MessageState, isStarred: Bool) {
        let place = "account = ?1 AND conversation = ?2 AND message = ?3"
        let query = try BoundStatement(
            database,
            """
            SELECT EXISTS (SELECT 1 FROM hidden WHERE \(place)),
                EXISTS (SELECT 1 FROM stars WHERE \(place))
            """
        )
        query.bind(1, standing.account)
        query.bind(2, standing.conversation)
        query.bind(3, message)
        var state = MessageState()
        var isStarred = false
        try query.eachRow { row in
            if row.integer(0) == 1 { state.presence = .hidden }
            isStarred = row.integer(1) == 1
        }
        return (state, isStarred)
    }

    // MARK: Contents

    /// What a message says now; empty if it is gone or hidden.
    private func content(
        of seq: Int64,
        _ posted: ArraySlice<UInt8>,
        _ expires: Timestamp?,
        _ state: inout MessageState
    ) throws -> ArraySlice<UInt8> {
        guard state.presence == .here else { return [] }
        let (shared, own) = try versions(of: seq)
        let version = own ?? shared
        if shared?.deleted != nil || own?.deleted != nil {
            state.presence = .deleted
            return []
        }
        if let end = expires ?? version?.expires, end <= now {
            state.presence = .expired
            return []
        }
        state.editedTime = version?.edited
        state.movedTime = version?.moved
        return version?.content?[...] ?? posted
    }

    private func versions(of seq: Int64) throws -> (shared: Version?, own: Version?) {
        let query = try BoundStatement(
            database,
            """
            SELECT scope = x'', expires_time, edited_time, moved_time, deleted_time, content
            FROM messages WHERE \(MessageFold.place) AND scope IN (x'', ?3)
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, seq)
        query.bind(3, standing.account)
        var shared: Version?
        var own: Version?
        try query.eachRow { row in
            let version = Version(
                expires: row.optionalTime(1),
                edited: row.optionalTime(2),
                moved: row.optionalTime(3),
                deleted: row.optionalTime(4),
                content: row.optionalBytes(5)
            )
            if row.integer(0) == 1 { shared = version } else { own = version }
        }
        return (shared, own)
    }

    /// Where an encoded live location is; empty if it is none.
    private static func place(in content: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard
            case .liveLocation(let live)? = (try? PBContent(serializedBytes: Array(content)))?
                .content
        else { return [] }
        let bytes: [UInt8] = (try? live.start.serializedBytes()) ?? []
        return bytes[...]
    }

    // MARK: Reactions and votes

    private func addTallies(
        of seq: Int64,
        _ content: ArraySlice<UInt8>,
        _ state: inout MessageState
    ) throws {
        try addReactions(of: seq, &state)
        guard let options = Self.optionCount(content) else { return }
        try addVotes(of: seq, options, &state)
    }

    private func addReactions(of seq: Int64, _ state: inout MessageState) throws {
        let query = try BoundStatement(
            database,
            """
            SELECT emoji, count FROM reaction_sums WHERE \(MessageFold.place)
            ORDER BY count DESC, emoji LIMIT ?3
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, seq)
        // One more: one's own may have to go.
        query.bind(3, Int64(MessageState.reactionsMax + 1))
        var counts: [MessageState.Reaction] = []
        try query.eachRow { row in
            counts.append(MessageState.Reaction(emoji: row.text(0), count: row.integer(1)))
        }
        let (told, own) = try given(in: "reactions", "emoji", seq) { $0.text(0) }
        if let own {
            Self.add(-1, told, &counts)
            Self.add(1, own.isEmpty ? nil : own, &counts)
        }
        let mine = own ?? told
        state.ownReaction = mine?.isEmpty == true ? nil : mine
        state.reactions = Array(counts.prefix(MessageState.reactionsMax))
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

    private func addVotes(of seq: Int64, _ options: Int, _ state: inout MessageState) throws {
        var counts = [Int64](repeating: 0, count: options)
        let query = try BoundStatement(
            database,
            "SELECT option, count FROM vote_sums WHERE \(MessageFold.place)"
        )
        query.bind(1, standing.conversation)
        query.bind(2, seq)
        try query.eachRow { row in
            let option = Int(clamping: row.integer(0))
            if counts.indices.contains(option) { counts[option] = row.integer(1) }
        }
        let (told, own) = try given(in: "votes", "options", seq) {
            TallyFold.options($0.integer(0))
        }
        if let own {
            for option in told ?? [] where counts.indices.contains(option) { counts[option] -= 1 }
            for option in own where counts.indices.contains(option) { counts[option] += 1 }
        }
        state.votes = counts
        state.ownVotes = (own ?? told ?? []).filter(counts.indices.contains)
    }

    /// What the account gave to a message: what all know of, and what it was not told of, if that is newer.
    private func given<Value>(
        in table: String,
        _ column: String,
        _ seq: Int64,
        _ value: (ResultRow) -> Value
    ) throws -> (told: Value?, own: Value?) {
        let query = try BoundStatement(
            database,
            """
            SELECT \(column), withheld FROM \(table) WHERE \(MessageFold.place) AND account = ?3
            """
        )
        query.bind(1, standing.conversation)
        query.bind(2, seq)
        query.bind(3, standing.account)
        var told: Value?
        var own: Value?
        try query.eachRow { row in
            if row.integer(1) == 0 { told = value(row) } else { own = value(row) }
        }
        return (told, own)
    }

    /// How many options a poll has; `nil` if the content is none.
    private static func optionCount(_ content: ArraySlice<UInt8>) -> Int? {
        guard MessageContent.text(in: content) == nil,
            case .poll(let poll)? = (try? PBContent(serializedBytes: Array(content)))?.content
        else { return nil }
        return poll.options.count
    }
}
