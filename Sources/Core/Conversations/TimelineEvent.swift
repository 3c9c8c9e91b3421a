public import Events

/// A submission that was accepted, with its number in the conversation.
public struct TimelineEvent: Equatable, Sendable {
    /// What happened.
    public enum Body: Equatable, Sendable {
        /// A message.
        case messagePosted(MessagePost)
        /// Anything else.
        case acted(ConversationAction)
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
    /// Messages up to and including this event; those that are withheld are not counted.
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
    /// What became of whom by it: all that membership is folded from.
    public var memberChanges: [MemberChange]
    /// The seq of the message that an action is about; 0: none.
    public var messageSeq: UInt64
    /// It is told to nobody but the sender, whom the other account has blocked.
    public var isWithheld: Bool

    /// What became of an account by an event.
    public struct MemberChange: Equatable, Sendable {
        /// Whom.
        public var account: AccountID
        /// What the account is from now on; `nil`: no member, and the event is the last that it may see.
        public var role: Role?

        /// A change of its parts.
        public init(_ account: AccountID, _ role: Role?) {
            self.account = account
            self.role = role
        }
    }

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
        body: Body,
        memberChanges: [MemberChange] = [],
        messageSeq: UInt64 = 0,
        isWithheld: Bool = false
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
        self.memberChanges = memberChanges
        self.messageSeq = messageSeq
        self.isWithheld = isWithheld
    }

    /// What duplicates of the submission are recognised by.
    public var key: SubmissionKey {
        SubmissionKey(id: submission, sender: sender, conversation: conversation)
    }
}
