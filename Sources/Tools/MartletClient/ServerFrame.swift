public import Events

/// What the server says over the socket (docs/DESIGN.md, "WebSocket").
public enum ServerFrame: Sendable, Equatable {
    /// The session is open; the position is where it starts.
    case welcome(account: AccountID, device: DeviceID, position: InboxPosition)
    /// Something happened; after it the device is at this position.
    case event(InboxPosition, ServerEvent)
    /// The log has what was submitted.
    case accepted(AcceptedMessage)
    /// What was submitted was refused.
    case rejected(id: SubmissionID, code: String, detail: String)
    /// Older than what the server keeps here: fetch from history, then go on from this position.
    case gap(InboxPosition)
    /// The server complains about a frame.
    case error(code: String, detail: String)
    /// Of a type that this client does not know, or without what its type must have.
    case other(type: String)
}

/// The log has a message.
public struct AcceptedMessage: Sendable, Equatable {
    /// The message's id: the one that it was submitted with.
    public let messageID: SubmissionID
    /// The conversation it went to.
    public let conversationID: ConversationID
    /// When the server took it.
    public let serverTimestamp: Timestamp

    /// An answer of its parts.
    public init(
        messageID: SubmissionID,
        conversationID: ConversationID,
        serverTimestamp: Timestamp
    ) {
        self.messageID = messageID
        self.conversationID = conversationID
        self.serverTimestamp = serverTimestamp
    }
}

/// What happened, as event frames and history pages tell it.
public enum ServerEvent: Sendable, Equatable {
    /// A message was posted.
    case message(MessageEvent)
    /// How far one's own messages came.
    case ticks(TicksEvent)
    /// A message of one's own was refused after it had been accepted.
    case rejected(RejectedEvent)
    /// Of a kind that this client does not know.
    case unknown(kind: String)
}

/// A message, in its place.
public struct MessageEvent: Sendable, Equatable {
    /// The conversation.
    public var conversationID: ConversationID
    /// `direct`, `group` or `channel`.
    public var conversationKind: String
    /// Its place in the conversation, from 1.
    public var seq: UInt64
    /// How many messages the conversation has had up to and including this one.
    public var messageCount: UInt64
    /// The id that the sender's device chose.
    public var messageID: SubmissionID
    /// Who wrote it.
    public var sender: AccountID
    /// To whom, in a direct conversation.
    public var recipient: AccountID?
    /// When the server took it.
    public var serverTimestamp: Timestamp
    /// What the sender's clock said.
    public var clientTimestamp: Timestamp?
    /// The text; `nil`: a content that this client does not know.
    public var text: String?

    /// A message of its parts.
    public init(
        conversationID: ConversationID,
        conversationKind: String = "direct",
        seq: UInt64,
        messageCount: UInt64,
        messageID: SubmissionID,
        sender: AccountID,
        recipient: AccountID?,
        serverTimestamp: Timestamp,
        clientTimestamp: Timestamp? = nil,
        text: String?
    ) {
        self.conversationID = conversationID
        self.conversationKind = conversationKind
        self.seq = seq
        self.messageCount = messageCount
        self.messageID = messageID
        self.sender = sender
        self.recipient = recipient
        self.serverTimestamp = serverTimestamp
        self.clientTimestamp = clientTimestamp
        self.text = text
    }
}

/// All of one's own messages up to these places have been delivered to, or read by, everyone.
public struct TicksEvent: Sendable, Equatable {
    /// The conversation.
    public var conversationID: ConversationID
    /// Two ticks up to here.
    public var deliveredSeq: UInt64
    /// Blue ticks up to here.
    public var readSeq: UInt64

    /// Ticks of their parts.
    public init(conversationID: ConversationID, deliveredSeq: UInt64, readSeq: UInt64) {
        self.conversationID = conversationID
        self.deliveredSeq = deliveredSeq
        self.readSeq = readSeq
    }
}

/// A message that the router refused.
public struct RejectedEvent: Sendable, Equatable {
    /// The message.
    public var messageID: SubmissionID
    /// Where it was meant to go.
    public var conversationID: ConversationID?
    /// Why, in a stable word.
    public var code: String
    /// Why, in words for a person.
    public var detail: String

    /// A rejection of its parts.
    public init(
        messageID: SubmissionID,
        conversationID: ConversationID?,
        code: String,
        detail: String
    ) {
        self.messageID = messageID
        self.conversationID = conversationID
        self.code = code
        self.detail = detail
    }
}
