public import Events

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
    /// What it says.
    public var content: MessageContent
    /// The message that it answers.
    public var replyTo: SubmissionID?
    /// Accounts that it addresses by name.
    public var mentions: [AccountID]
    /// Whether it was said elsewhere before.
    public var isForwarded: Bool
    /// From then on it is not to be shown.
    public var expiresAt: Timestamp?
    /// What became of it since; in history pages alone.
    public var updates: MessageUpdates

    /// The text; `nil`: it says something else.
    public var text: String? {
        if case .text(let text) = content { text } else { nil }
    }

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
        content: MessageContent,
        replyTo: SubmissionID? = nil,
        mentions: [AccountID] = [],
        isForwarded: Bool = false,
        expiresAt: Timestamp? = nil,
        updates: MessageUpdates = MessageUpdates()
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
        self.content = content
        self.replyTo = replyTo
        self.mentions = mentions
        self.isForwarded = isForwarded
        self.expiresAt = expiresAt
        self.updates = updates
    }

    /// A message that is a text; `nil`: a content that this client does not know.
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
        self.init(
            conversationID: conversationID,
            conversationKind: conversationKind,
            seq: seq,
            messageCount: messageCount,
            messageID: messageID,
            sender: sender,
            recipient: recipient,
            serverTimestamp: serverTimestamp,
            clientTimestamp: clientTimestamp,
            content: text.map { .text($0) } ?? .unknown(type: "")
        )
    }
}
