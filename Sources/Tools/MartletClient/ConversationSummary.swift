public import Events

/// A conversation, as the list of conversations shows it.
public struct ConversationSummary: Sendable, Equatable {
    /// The conversation.
    public var conversationID: ConversationID
    /// `direct`, `group` or `channel`.
    public var kind: String
    /// What it is called; of a direct one the other account's name, if it has one.
    public var name: String?
    /// What one is in it; `nil` in a direct one, and for who has left.
    public var role: MemberRole?
    /// How many members it has; `nil` for who has left.
    public var memberCount: UInt64?
    /// What happened last.
    public var lastEvent: ServerEvent?
    /// The highest seq.
    public var lastSeq: UInt64
    /// How many messages were not read.
    public var unread: UInt64
    /// The two of a direct one.
    public var members: [AccountID]
    /// How far one has read it, on whichever device.
    public var readSeq: UInt64
    /// How one has it.
    public var preferences: ConversationPreferences

    /// A conversation of its parts.
    public init(
        conversationID: ConversationID,
        kind: String,
        name: String? = nil,
        role: MemberRole? = nil,
        memberCount: UInt64? = nil,
        lastEvent: ServerEvent? = nil,
        lastSeq: UInt64 = 0,
        unread: UInt64 = 0,
        members: [AccountID] = [],
        readSeq: UInt64 = 0,
        preferences: ConversationPreferences = ConversationPreferences()
    ) {
        self.conversationID = conversationID
        self.kind = kind
        self.name = name
        self.role = role
        self.memberCount = memberCount
        self.lastEvent = lastEvent
        self.lastSeq = lastSeq
        self.unread = unread
        self.members = members
        self.readSeq = readSeq
        self.preferences = preferences
    }
}

extension ConversationSummary {
    /// Reads the conversation that comes next; `nil`: it has no id.
    init?(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var id: ConversationID?
        var summary = ConversationSummary(
            conversationID: ConversationID(high: 0, low: 0),
            kind: ""
        )
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "conversation_id" {
                id = try reader.identifier()
            } else if key == "conversation_kind" {
                summary.kind = try reader.string() ?? ""
            } else if key == "name" {
                summary.name = try reader.string()
            } else if key == "role" {
                summary.role = try reader.role()
            } else if key == "member_count" {
                summary.memberCount = try reader.unsigned()
            } else if key == "last_event", reader.peek() == UInt8(ascii: "{") {
                summary.lastEvent = try ServerEvent(tolerantly: &reader)
            } else if key == "last_seq" {
                summary.lastSeq = try reader.unsigned() ?? 0
            } else if key == "unread_count" {
                summary.unread = try reader.unsigned() ?? 0
            } else if key == "members", reader.peek() == UInt8(ascii: "[") {
                summary.members = try reader.elements {
                    (reader) throws(JSONReader.Malformed) -> AccountID? in
                    try reader.identifier()
                }
            } else if try !summary.readOwn(key, &reader) {
                try reader.skipValue()
            }
        }
        guard let id else { return nil }
        summary.conversationID = id
        self = summary
    }

    /// What the account has set for itself; `false`: the key is none of these.
    private mutating func readOwn(
        _ key: UnsafeRawBufferPointer,
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> Bool {
        if key == "read_seq" {
            readSeq =
                try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                    try reader.unsigned()
                } ?? 0
        } else if key == "muted_until" {
            preferences.mutedUntil = try reader.tolerantly {
                (reader) throws(JSONReader.Malformed) in
                try reader.timestamp()
            }
        } else if key == "archived" {
            preferences.isArchived = try reader.bool()
        } else {
            return false
        }
        return true
    }
}
