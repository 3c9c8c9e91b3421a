/// The tables that are a fold of the log: what digests cover.
///
/// Positions and filters are not among them, nor is what disappears: what a store still holds of that depends on a clock.
public enum StoreTable: String, CaseIterable, Sendable {
    /// Who exists.
    case accounts
    /// With which devices, those included that were removed.
    case devices
    /// How accounts want their conversations.
    case preferences
    /// Which messages an account has marked for itself.
    case stars
    /// Which messages an account does not want to see again.
    case hidden
    /// What accounts let others know.
    case privacy
    /// Who is among whose contacts.
    case contacts
    /// What each conversation is, and where it stands.
    case conversations
    /// Who is and was in what.
    case members
    /// What happened that everybody who is in may see.
    case events
    /// What happened that some are told of, once for each of them.
    case asides
    /// What became of messages.
    case messages
    /// Who reacted to what.
    case reactions
    /// How often.
    case reactionSums = "reaction_sums"
    /// Who voted for what.
    case votes
    /// How often.
    case voteSums = "vote_sums"
    /// What is pinned.
    case pins
    /// The links that were not revoked.
    case invites
    /// Who waits to be let in.
    case requests
    /// Who may not come in.
    case bans
    /// Marks, each at the time it was reached.
    case receipts
    /// The highest marks in groups and channels.
    case marks

    /// All columns, those of the key first.
    ///
    /// A new column goes to the end and changes every digest.
    public var columns: [String] {
        switch self {
        case .accounts: ["account", "name", "registered_time"]
        case .devices: ["account", "device", "name", "added_time", "removed_time"]
        case .preferences: ["account", "conversation", "muted_until", "archived"]
        case .stars: ["account", "conversation", "message", "starred_time"]
        case .hidden: ["account", "conversation", "message"]
        case .privacy: ["account", "read_receipts", "presence"]
        case .contacts: ["account", "contact", "since_time"]
        case .conversations:
            [
                "conversation", "kind", "last_seq", "message_count", "last_server_time", "name",
                "description", "picture", "post_from", "edit_profile_from", "add_from",
                "disappear_after_s", "member_count",
            ]
        case .members:
            [
                "account", "conversation", "from_seq", "until_seq", "last_sent_seq", "role",
                "earlier", "joined_time", "left_time", "left_name", "left_picture", "told_time",
            ]
        case .events: ["conversation"] + EventRow.columns
        case .asides: ["conversation", "reader"] + EventRow.columns
        case .messages:
            [
                "conversation", "message_seq", "scope", "expires_time", "edited_time",
                "moved_time", "deleted_time", "content",
            ]
        case .reactions: ["conversation", "message_seq", "account", "withheld", "emoji"]
        case .reactionSums: ["conversation", "message_seq", "emoji", "count"]
        case .votes: ["conversation", "message_seq", "account", "withheld", "options"]
        case .voteSums: ["conversation", "message_seq", "option", "count"]
        case .pins: ["conversation", "message_seq", "scope", "pinned_seq", "message_id"]
        case .invites:
            [
                "conversation", "secret", "creator", "created_time", "expires_time", "uses_max",
                "needs_approval", "uses",
            ]
        case .requests: ["conversation", "account", "requested_time"]
        case .bans: ["conversation", "account", "banned_by", "banned_time"]
        case .receipts: ["conversation", "account", "kind", "seq", "server_time"]
        case .marks: ["conversation", "account", "since_seq", "reached_seq", "seen_seq"]
        }
    }

    /// How many of the columns are the key.
    public var keyCount: Int {
        switch self {
        case .accounts, .privacy, .conversations: 1
        case .devices, .preferences, .contacts, .members, .events, .invites, .requests, .bans,
            .marks:
            2
        case .stars, .hidden, .asides, .messages, .reactionSums, .voteSums, .pins: 3
        case .reactions, .votes, .receipts: 4
        }
    }

    /// The columns as they are read for a digest.
    ///
    /// A text that disappears counts as not there: when persistence drops it is no matter of the log.
    var selection: [String] {
        guard self == .messages else { return columns }
        return columns.map {
            $0 == "content" ? "CASE WHEN expires_time IS NULL THEN content END" : $0
        }
    }
}

/// A value in a row.
public enum StoreValue: Hashable, Sendable {
    /// Nothing.
    case null
    /// A number.
    case integer(Int64)
    /// A text.
    case text(String)
    /// Bytes.
    case bytes([UInt8])
}

/// A row of a table, its values in the order of `StoreTable.columns`.
public struct StoreRow: Hashable, Sendable {
    /// The table.
    public let table: StoreTable
    /// The values.
    public let values: [StoreValue]

    /// A row of its parts.
    public init(table: StoreTable, values: [StoreValue]) {
        self.table = table
        self.values = values
    }

    /// The values of the key.
    public var key: [StoreValue] { Array(values.prefix(table.keyCount)) }

    /// About how many bytes of memory it takes.
    public var byteCost: Int {
        values.reduce(64) { cost, value in
            switch value {
            case .bytes(let bytes): cost + 64 + bytes.count
            case .text(let text): cost + 32 + text.utf8.count
            case .integer, .null: cost + 32
            }
        }
    }
}
