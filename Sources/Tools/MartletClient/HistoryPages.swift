public import Events

/// A conversation, as the list of conversations shows it.
public struct ConversationSummary: Sendable, Equatable {
    /// The conversation.
    public var conversationID: ConversationID
    /// `direct`, `group` or `channel`.
    public var kind: String
    /// What happened last.
    public var lastEvent: ServerEvent?
    /// The highest seq.
    public var lastSeq: UInt64
    /// How many messages were not read.
    public var unread: UInt64
    /// Whose conversation it is.
    public var members: [AccountID]
}

/// A page of conversations.
public struct ConversationPage: Sendable, Equatable {
    /// The conversations, the latest first.
    public var conversations: [ConversationSummary]
    /// Gets the next page; `nil`: there is none.
    public var nextCursor: String?
}

/// A page of a conversation's events.
public struct EventPage: Sendable, Equatable {
    /// The events, in the order that was asked for.
    public var events: [ServerEvent]
    /// How far one's own messages in this conversation came, if the page says it.
    public var ticks: TicksEvent?
    /// Where the next older page starts; `nil`: there is none.
    public var nextBeforeSeq: UInt64?
    /// Where the next newer page starts; `nil`: there is none.
    public var nextAfterSeq: UInt64?

    /// A page of its parts.
    public init(
        events: [ServerEvent],
        ticks: TicksEvent? = nil,
        nextBeforeSeq: UInt64? = nil,
        nextAfterSeq: UInt64? = nil
    ) {
        self.events = events
        self.ticks = ticks
        self.nextBeforeSeq = nextBeforeSeq
        self.nextAfterSeq = nextAfterSeq
    }

    /// The messages among the events.
    public var messages: [MessageEvent] {
        events.compactMap { event in
            guard case .message(let message) = event else { return nil }
            return message
        }
    }
}

extension ConversationSummary {
    init?(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var id: ConversationID?
        var kind = ""
        var lastEvent: ServerEvent?
        var lastSeq: UInt64 = 0
        var unread: UInt64 = 0
        var members: [AccountID] = []
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "conversation_id" {
                id = try reader.identifier()
            } else if key == "conversation_kind" {
                kind = try reader.string() ?? ""
            } else if key == "last_event", reader.peek() == UInt8(ascii: "{") {
                lastEvent = try ServerEvent(reading: &reader)
            } else if key == "last_seq" {
                lastSeq = try reader.unsigned() ?? 0
            } else if key == "unread_count" {
                unread = try reader.unsigned() ?? 0
            } else if key == "members", reader.peek() == UInt8(ascii: "[") {
                try reader.array { (reader) throws(JSONReader.Malformed) in
                    if let member: AccountID = try reader.identifier() {
                        members.append(member)
                    }
                }
            } else {
                try reader.skipValue()
            }
        }
        guard let id else { return nil }
        self.init(
            conversationID: id,
            kind: kind,
            lastEvent: lastEvent,
            lastSeq: lastSeq,
            unread: unread,
            members: members
        )
    }
}

extension ConversationPage {
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var conversations: [ConversationSummary] = []
        var cursor: String?
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "conversations" {
                try reader.array { (reader) throws(JSONReader.Malformed) in
                    if let summary = try ConversationSummary(reading: &reader) {
                        conversations.append(summary)
                    }
                }
            } else if key == "next_cursor" {
                cursor = try reader.string()
            } else {
                try reader.skipValue()
            }
        }
        self.init(conversations: conversations, nextCursor: cursor)
    }
}

extension EventPage {
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var page = EventPage(events: [])
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "events" {
                try reader.array { (reader) throws(JSONReader.Malformed) in
                    page.events.append(try ServerEvent(reading: &reader))
                }
            } else if key == "next_before_seq" {
                page.nextBeforeSeq = try reader.unsigned()
            } else if key == "next_after_seq" {
                page.nextAfterSeq = try reader.unsigned()
            } else if key == "ticks", reader.peek() == UInt8(ascii: "{") {
                if case .ticks(let ticks) = try ServerEvent(reading: &reader) {
                    page.ticks = ticks
                }
            } else {
                try reader.skipValue()
            }
        }
        self = page
    }
}
