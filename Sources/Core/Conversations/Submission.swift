public import Events

/// What a device asked for, as the router reads it from `submissions`.
public struct Submission: Sendable {
    /// The request itself.
    public enum Request: Sendable {
        /// A message, whose content is not checked yet.
        case postMessage(MessagePost)
        /// Anything else.
        case act(ConversationAction)
        /// A request of a later version.
        case unknown
    }

    /// The idempotency key, and the id of the message that it posts.
    public var id: SubmissionID
    /// Where it belongs.
    public var conversation: ConversationID
    /// The kind that the device says the conversation has; `nil`: none that is known.
    public var kind: ConversationKind?
    /// The account that asks.
    public var sender: AccountID
    /// The account's device.
    public var device: DeviceID
    /// When the gateway took it.
    public var serverTime: Timestamp
    /// What the device's clock said; 0: nothing.
    public var clientTime: Timestamp
    /// What is asked.
    public var request: Request

    /// A submission of its parts.
    public init(
        id: SubmissionID,
        conversation: ConversationID,
        kind: ConversationKind?,
        sender: AccountID,
        device: DeviceID,
        serverTime: Timestamp,
        clientTime: Timestamp = Timestamp(milliseconds: 0),
        request: Request
    ) {
        self.id = id
        self.conversation = conversation
        self.kind = kind
        self.sender = sender
        self.device = device
        self.serverTime = serverTime
        self.clientTime = clientTime
        self.request = request
    }

    /// What duplicates are recognised by.
    public var key: SubmissionKey {
        SubmissionKey(id: id, sender: sender, conversation: conversation)
    }
}

/// What duplicates are recognised by: a device's id counts within its account and its conversation.
public struct SubmissionKey: Hashable, Comparable, Sendable {
    /// The id that the device chose.
    public let id: SubmissionID
    /// The account.
    public let sender: AccountID
    /// The conversation.
    public let conversation: ConversationID

    /// A key of its parts.
    public init(id: SubmissionID, sender: AccountID, conversation: ConversationID) {
        self.id = id
        self.sender = sender
        self.conversation = conversation
    }

    /// Orders by id, hence by time.
    public static func < (left: Self, right: Self) -> Bool {
        (left.id, left.sender, left.conversation) < (right.id, right.sender, right.conversation)
    }
}

/// What happened before, as far back as it counts.
///
/// Injected into `Conversation.decide`, so that old ids and messages can live on disk. The answers must be exact.
public protocol AcceptedSubmissions {
    /// Whether this submission, which is not `too_old`, was accepted before. May read the disk.
    func contains(_ key: SubmissionKey) throws -> Bool

    /// A message of a conversation; `nil`: there is none, or it is too old to be known. May read the disk.
    ///
    /// Also one that was taken back or has disappeared: for as long as its id is not `too_old`, nothing else may have it.
    func message(_ id: SubmissionID, in conversation: ConversationID) throws -> PostedMessage?
}
