/// A page of conversations.
public struct ConversationPage: Sendable, Equatable {
    /// The conversations, the latest first.
    public var conversations: [ConversationSummary]
    /// Gets the next page; `nil`: there is none.
    public var nextCursor: String?
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
