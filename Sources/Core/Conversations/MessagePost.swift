public import Events

/// A message, as it was asked for or as it was accepted.
public struct MessagePost: Equatable, Sendable {
    /// The other account of a direct conversation.
    public var recipient: AccountID?
    /// What it says: an encoded `Content`, which may be a slice of the record that it came in.
    public var content: ArraySlice<UInt8>
    /// The message that it answers; not checked, so readers look it up among what they may see.
    public var replyTo: SubmissionID?
    /// Accounts that are addressed by name; not checked, so only members among them are notified.
    public var mentions: [AccountID] = []
    /// Whether it was said elsewhere before.
    public var isForwarded = false
    /// From then on nobody has it any more; set by the router.
    public var expiresAt: Timestamp?

    /// A message of its first parts.
    public init(recipient: AccountID? = nil, content: ArraySlice<UInt8>) {
        self.recipient = recipient
        self.content = content
    }

    /// A text; the bytes are not checked.
    public init(recipient: AccountID? = nil, text: some Collection<UInt8>) {
        self.init(recipient: recipient, content: MessageContent.encodedText(text))
    }
}

/// A message as later actions need it.
public struct PostedMessage: Equatable, Sendable {
    /// What can be done with it.
    public enum Form: Equatable, Sendable {
        /// A text, which can be edited.
        case text
        /// Anything else that nothing can be done with.
        case other
        /// A poll with so many options.
        case poll(options: UInt32, isMultiple: Bool)
        /// A live location that moves until then.
        case liveLocation(endsAt: Timestamp)
    }

    /// Its seq.
    public var seq: UInt64
    /// Who wrote it.
    public var author: AccountID
    /// When.
    public var serverTime: Timestamp
    /// What it is.
    public var form: Form
    /// From then on nobody has it any more.
    public var expiresAt: Timestamp?
    /// It was taken back, and whoever knows it was told so: a withheld event takes back a withheld message only.
    public var isDeleted = false
    /// Only its author knows it.
    public var isWithheld: Bool

    /// A message of its parts.
    public init(
        seq: UInt64,
        author: AccountID,
        serverTime: Timestamp,
        form: Form,
        expiresAt: Timestamp? = nil,
        isWithheld: Bool = false
    ) {
        self.seq = seq
        self.author = author
        self.serverTime = serverTime
        self.form = form
        self.expiresAt = expiresAt
        self.isWithheld = isWithheld
    }

    /// The message that an event posted; `nil`: it posted none.
    public init?(_ event: TimelineEvent) {
        guard case .messagePosted(let post) = event.body else { return nil }
        // A text was checked when it was accepted; that is not done again for each message.
        let isText = MessageContent.text(in: post.content) != nil
        let form = isText ? .text : (try? MessageContent(checking: post.content))?.form
        self.init(
            seq: event.seq,
            author: event.sender,
            serverTime: event.serverTime,
            form: form ?? .other,
            expiresAt: post.expiresAt,
            isWithheld: event.isWithheld
        )
    }

    /// Whether an event that deletes it does so for everyone: what only its author is told takes nothing from the other.
    public func isTakenBack(by deletion: TimelineEvent) -> Bool {
        !deletion.isWithheld || isWithheld
    }
}
