public import Events

/// A submission that was accepted, with its number in the conversation.
public struct TimelineEvent: Equatable, Sendable {
    /// What happened.
    public enum Body: Equatable, Sendable {
        /// A message; of a direct conversation, with the other account.
        case messagePosted(recipient: AccountID?, text: ArraySlice<UInt8>)
        /// Something of a later version.
        case unknown
    }

    /// The submission's record.
    public var origin: Origin
    /// Where it happened.
    public var conversation: ConversationID
    /// The kind of the conversation.
    public var kind: ConversationKind?
    /// Dense, from 1, per conversation.
    public var seq: UInt64
    /// Messages up to and including this event.
    public var messageCount: UInt64
    /// Never goes back within a conversation.
    public var serverTime: Timestamp
    /// What the device's clock said; 0: nothing.
    public var clientTime: Timestamp
    /// Whose submission it was.
    public var sender: AccountID
    /// From which device.
    public var device: DeviceID
    /// The submission's id, which is the message's id.
    public var submission: SubmissionID
    /// What happened.
    public var body: Body

    /// An event of its parts.
    public init(
        origin: Origin,
        conversation: ConversationID,
        kind: ConversationKind?,
        seq: UInt64,
        messageCount: UInt64,
        serverTime: Timestamp,
        clientTime: Timestamp,
        sender: AccountID,
        device: DeviceID,
        submission: SubmissionID,
        body: Body
    ) {
        self.origin = origin
        self.conversation = conversation
        self.kind = kind
        self.seq = seq
        self.messageCount = messageCount
        self.serverTime = serverTime
        self.clientTime = clientTime
        self.sender = sender
        self.device = device
        self.submission = submission
        self.body = body
    }

    /// What duplicates of the submission are recognised by.
    public var key: SubmissionKey {
        SubmissionKey(id: submission, sender: sender, conversation: conversation)
    }
}
