public import Events

/// What happened in a conversation besides a message, in its place.
public struct ConversationEvent: Sendable, Equatable {
    /// The conversation.
    public var conversationID: ConversationID
    /// `direct`, `group` or `channel`.
    public var conversationKind: String
    /// Its place in the conversation, from 1.
    public var seq: UInt64
    /// How many messages the conversation has had by then.
    public var messageCount: UInt64
    /// The submission that asked for it.
    public var submissionID: SubmissionID
    /// Who did it.
    public var sender: AccountID
    /// When the server took it.
    public var serverTimestamp: Timestamp
    /// What the sender's clock said.
    public var clientTimestamp: Timestamp?
    /// Who came, left or has another role by it.
    public var members: [MemberChange]
    /// What happened.
    public var change: ConversationChange

    /// An event of its parts.
    public init(
        conversationID: ConversationID,
        conversationKind: String,
        seq: UInt64,
        messageCount: UInt64,
        submissionID: SubmissionID,
        sender: AccountID,
        serverTimestamp: Timestamp,
        clientTimestamp: Timestamp? = nil,
        members: [MemberChange] = [],
        change: ConversationChange
    ) {
        self.conversationID = conversationID
        self.conversationKind = conversationKind
        self.seq = seq
        self.messageCount = messageCount
        self.submissionID = submissionID
        self.sender = sender
        self.serverTimestamp = serverTimestamp
        self.clientTimestamp = clientTimestamp
        self.members = members
        self.change = change
    }
}
