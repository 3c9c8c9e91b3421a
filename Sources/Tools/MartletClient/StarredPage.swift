/// A page of the messages that the account has marked, the last marked first.
public struct StarredPage: Sendable, Equatable {
    /// The messages, each with its conversation.
    public var messages: [MessageEvent]
    /// Gets the next page, as `before`; `nil`: there is none.
    public var next: String?
    /// How many marked messages of this page can't be read at the moment.
    public var missingCount: Int

    /// A page of its parts.
    public init(messages: [MessageEvent], next: String? = nil, missingCount: Int = 0) {
        self.messages = messages
        self.next = next
        self.missingCount = missingCount
    }
}

extension StarredPage {
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        self.init(messages: [])
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "events" {
                messages = try reader.elements {
                    (reader) throws(JSONReader.Malformed) -> MessageEvent? in
                    let event = try ServerEvent(tolerantly: &reader)
                    if case .message(let message) = event { return message }
                    return nil
                }
            } else if key == "next_before" {
                next = try reader.string()
            } else if key == "missing", reader.peek() == UInt8(ascii: "[") {
                try reader.array { (reader) throws(JSONReader.Malformed) in
                    missingCount += 1
                    try reader.skipValue()
                }
            } else {
                try reader.skipValue()
            }
        }
    }
}
