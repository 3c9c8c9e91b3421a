/// A page of the messages that a search has found, the newest first.
public struct SearchPage: Sendable, Equatable {
    /// The messages, each with its conversation.
    public var messages: [MessageEvent]
    /// Gets the next page, as `before`; `nil`: there is none.
    public var nextBefore: String?
    /// Whether everything was searched that there is: the index may lag behind.
    public var isComplete: Bool

    /// A page of its parts.
    public init(messages: [MessageEvent], nextBefore: String? = nil, isComplete: Bool = true) {
        self.messages = messages
        self.nextBefore = nextBefore
        self.isComplete = isComplete
    }
}

extension SearchPage {
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
                nextBefore = try reader.string()
            } else if key == "complete" {
                isComplete = try reader.bool() ?? true
            } else {
                try reader.skipValue()
            }
        }
    }
}
