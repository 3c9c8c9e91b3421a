/// A page of the account's conversations as they are now, each with what came since a moment.
public struct SyncPage: Sendable, Equatable {
    /// A conversation in which something came.
    public struct Item: Sendable, Equatable {
        /// As it is in the list of conversations.
        public var summary: ConversationSummary
        /// What came, the newest first.
        public var events: [ServerEvent]
        /// Whether more came before these: the conversation's pages have it.
        public var hasMore: Bool
        /// What of it cannot be read at the moment.
        public var missing: [MissingRange]

        /// A conversation of its parts.
        public init(
            summary: ConversationSummary,
            events: [ServerEvent],
            hasMore: Bool = false,
            missing: [MissingRange] = []
        ) {
            self.summary = summary
            self.events = events
            self.hasMore = hasMore
            self.missing = missing
        }
    }

    /// The conversations.
    public var items: [Item]
    /// Gets the next page, as `since`; `nil`: there is none.
    public var next: String?
    /// With the last page: what to ask since the next time.
    public var since: String?

    /// A page of its parts.
    public init(items: [Item], next: String? = nil, since: String? = nil) {
        self.items = items
        self.next = next
        self.since = since
    }
}

extension SyncPage {
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        self.init(items: [])
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "conversations" {
                items = try reader.elements { (reader) throws(JSONReader.Malformed) -> Item? in
                    try Item(reading: &reader)
                }
            } else if key == "next" {
                next = try reader.string()
            } else if key == "since" {
                since = try reader.string()
            } else {
                try reader.skipValue()
            }
        }
    }
}

extension SyncPage.Item {
    /// Reads the conversation that comes next; `nil`: it has no id.
    init?(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        // The same object has a conversation's fields, and those of a page.
        var again = reader
        guard let summary = try ConversationSummary(reading: &reader) else { return nil }
        self.init(summary: summary, events: [])
        try again.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "events" {
                try reader.array { (reader) throws(JSONReader.Malformed) in
                    events.append(try ServerEvent(tolerantly: &reader))
                }
            } else if key == "more" {
                hasMore = try reader.bool() ?? false
            } else if key == "missing", reader.peek() == UInt8(ascii: "[") {
                missing = try MissingRange.list(reading: &reader)
            } else {
                try reader.skipValue()
            }
        }
    }
}
