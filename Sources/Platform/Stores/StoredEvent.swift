public import Events

/// A timeline event as a store keeps it.
public struct StoredEvent: Hashable, Sendable {
    /// What happened: the number of the field of `TimelineEvent`'s `event`, which never changes.
    public struct Kind: Hashable, Sendable {
        /// The field's number.
        public let number: Int64

        /// A kind by its number.
        public init(number: Int64) {
            self.number = number
        }

        /// A message was posted.
        public static let message = Kind(number: 16)
    }

    /// The conversation.
    public var conversation: ConversationID
    /// The kind of the conversation.
    public var conversationKind: PBConversationKind
    /// Its place in the conversation, from 1.
    public var seq: Int64
    /// How many messages the conversation has had up to and including this event.
    public var messageCount: Int64
    /// The message's id: its submission's.
    public var messageID: SubmissionID
    /// What happened.
    public var kind: Kind
    /// Who did it.
    public var sender: AccountID
    /// With which device.
    public var device: DeviceID
    /// The other account of a direct conversation.
    public var recipient: AccountID?
    /// When the server took it.
    public var serverTime: Timestamp
    /// What the device's clock said; `nil`: nothing.
    public var clientTime: Timestamp?
    /// The serialised `Content`.
    public var content: [UInt8]
    /// The submission that caused it.
    public var origin: Origin

    /// An event of its parts.
    public init(
        conversation: ConversationID,
        conversationKind: PBConversationKind,
        seq: Int64,
        messageCount: Int64,
        messageID: SubmissionID,
        kind: Kind,
        sender: AccountID,
        device: DeviceID,
        recipient: AccountID?,
        serverTime: Timestamp,
        clientTime: Timestamp?,
        content: [UInt8],
        origin: Origin
    ) {
        self.conversation = conversation
        self.conversationKind = conversationKind
        self.seq = seq
        self.messageCount = messageCount
        self.messageID = messageID
        self.kind = kind
        self.sender = sender
        self.device = device
        self.recipient = recipient
        self.serverTime = serverTime
        self.clientTime = clientTime
        self.content = content
        self.origin = origin
    }
}
