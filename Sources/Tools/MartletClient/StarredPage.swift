/// A page of the messages that the account has marked, the last marked first.
public struct StarredPage: Sendable, Equatable {
    /// The messages, each with its conversation.
    public var messages: [MessageEvent]
    /// Gets the next page, as `before`; `nil`: there is none.
    public var next: String?

    /// A page of its parts.
    public init(messages: [MessageEvent], next: String? = nil) {
        self.messages = messages
        self.next = next
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
            } else {
                try reader.skipValue()
            }
        }
    }
}
