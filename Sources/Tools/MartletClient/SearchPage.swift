public import Events

/// A page of the messages that a search has found, the newest first.
public struct SearchPage: Sendable, Equatable {
    /// A message that was found and cannot be read at the moment.
    public struct Missing: Sendable, Hashable {
        /// Its conversation.
        public var conversationID: ConversationID
        /// Its place.
        public var seq: UInt64
        /// Why it cannot be read.
        public var reason: MissingRange.Reason

        /// A message of its parts.
        public init(
            conversationID: ConversationID,
            seq: UInt64,
            reason: MissingRange.Reason
        ) {
            self.conversationID = conversationID
            self.seq = seq
            self.reason = reason
        }
    }

    /// The messages, each with its conversation.
    public var messages: [MessageEvent]
    /// Gets the next page, as `before`; `nil`: there is none.
    public var nextBefore: String?
    /// Whether everything was searched that there is: the index may lag behind.
    public var isComplete: Bool
    /// What was found and cannot be read at the moment.
    public var missing: [Missing]

    /// A page of its parts.
    public init(
        messages: [MessageEvent],
        nextBefore: String? = nil,
        isComplete: Bool = true,
        missing: [Missing] = []
    ) {
        self.messages = messages
        self.nextBefore = nextBefore
        self.isComplete = isComplete
        self.missing = missing
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
            } else if key == "missing", reader.peek() == UInt8(ascii: "[") {
                missing = try reader.elements {
                    (reader) throws(JSONReader.Malformed) -> Missing? in
                    try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                        try Missing(reading: &reader)
                    }
                }
            } else {
                try reader.skipValue()
            }
        }
    }
}

extension SearchPage.Missing {
    /// Reads the message that comes next; `nil`: it is none.
    fileprivate init?(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var conversation: ConversationID?
        var seq: UInt64?
        var reason = ""
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "conversation_id" {
                conversation = try reader.identifier()
            } else if key == "seq" {
                seq = try reader.unsigned()
            } else if key == "reason" {
                reason = try reader.string() ?? ""
            } else {
                try reader.skipValue()
            }
        }
        guard let conversation, let seq else { return nil }
        self.init(
            conversationID: conversation,
            seq: seq,
            reason: MissingRange.Reason(rawValue: reason)
        )
    }
}
