public import Accounts
public import Conversations
public import Events

/// What a stretch of the log says, ready to be written into a store in one transaction.
///
/// The order within each list is the order of the log within a partition; a store may rely on it.
public struct StoreBatch: Sendable, Equatable {
    /// What accounts changed about themselves.
    public var accounts: [AccountEvent] = []
    /// Timeline events, repetitions already dropped.
    public var events: [TimelineEvent] = []
    /// Delivered and read marks.
    public var receipts: [ReceiptMark] = []
    /// The next offset to read, of every partition that the batch touched.
    public var positions: [TopicPartition: Offset] = [:]
    /// What was had of each origin partition, of every input partition that the batch touched.
    public var filters: [TopicPartition: OriginFilter] = [:]

    /// Nothing.
    public init() {}

    /// Whether there is nothing to write.
    public var isEmpty: Bool { positions.isEmpty }

    /// How many rows it holds.
    public var count: Int { accounts.count + events.count + receipts.count }
}

/// A device has, or its person has read, everything up to a seq.
public struct ReceiptMark: Hashable, Sendable {
    /// What a mark says.
    public enum Kind: Int64, CaseIterable, Sendable {
        /// It has reached a device of the account.
        case delivered = 1
        /// The person has seen it.
        case read = 2
        /// The person has seen it, and doesn't let others know.
        case privateRead = 3
    }

    /// The conversation.
    public var conversation: ConversationID
    /// Whose mark it is.
    public var account: AccountID
    /// What it says.
    public var kind: Kind
    /// Everything up to here.
    public var seq: Int64
    /// When the server heard of it.
    public var time: Timestamp

    /// A mark of its parts.
    public init(
        conversation: ConversationID,
        account: AccountID,
        kind: Kind,
        seq: Int64,
        time: Timestamp
    ) {
        self.conversation = conversation
        self.account = account
        self.kind = kind
        self.seq = seq
        self.time = time
    }
}
