public import Events

/// Keeps the delivered and read marks of one device until the log has them, and knows how far they are durable.
///
/// One batch of marks is under way at a time; what comes meanwhile merges by maximum, so the book holds one entry per
/// conversation however long the log is away. A batch that fails merges back. A position counts as durable when the log
/// has reported the marks of everything below it: what a crash takes after that point can be told from the stored position.
public struct MarkBook: Sendable {
    /// Everything up to here in one conversation; 0 says nothing.
    public struct Marks: Hashable, Sendable {
        /// Delivered up to this seq.
        public var deliveredSeq: UInt64
        /// Read up to this seq.
        public var readSeq: UInt64
        /// Whether others are not to know of the reading.
        public var isPrivate: Bool

        /// Marks of their parts.
        public init(deliveredSeq: UInt64 = 0, readSeq: UInt64 = 0, isPrivate: Bool = false) {
            self.deliveredSeq = deliveredSeq
            self.readSeq = readSeq
            self.isPrivate = isPrivate
        }

        mutating func merge(_ other: Marks) {
            deliveredSeq = max(deliveredSeq, other.deliveredSeq)
            guard other.readSeq > readSeq else { return }
            // The later reading says how far, and whether others may know.
            readSeq = other.readSeq
            isPrivate = other.isPrivate
        }
    }

    /// Marks on their way to the log.
    public struct Batch: Sendable {
        /// One entry per conversation.
        public let marks: [(conversation: ConversationID, marks: Marks)]
    }

    private var waiting: [ConversationID: Marks] = [:]
    private var waitingPosition: Offset
    private var underWay: Batch?
    private var underWayPosition: Offset

    /// The log has the marks of everything below.
    public private(set) var durable: Offset

    /// A book for a device whose marks below `durable` the log has.
    public init(durable: Offset) {
        self.durable = durable
        waitingPosition = durable
        underWayPosition = durable
    }

    /// Conversations with marks that wait for the next batch.
    public var waitingCount: Int { waiting.count }
    /// Whether everything told is durable.
    public var isSettled: Bool {
        waiting.isEmpty && underWay == nil && waitingPosition <= durable
    }

    /// A message of somebody else has reached the device.
    public mutating func delivered(_ conversation: ConversationID, seq: UInt64) {
        waiting[conversation, default: Marks()].merge(Marks(deliveredSeq: seq))
    }

    /// The person has seen everything up to a seq; `isPrivate`: others are not to know.
    public mutating func read(_ conversation: ConversationID, seq: UInt64, isPrivate: Bool = false)
    {
        waiting[conversation, default: Marks()].merge(Marks(readSeq: seq, isPrivate: isPrivate))
    }

    /// Others are not to know of any reading that waits: whether they may was not known yet.
    public mutating func hideWaitingReads() {
        for (conversation, marks) in waiting where marks.readSeq > 0 {
            waiting[conversation]?.isPrivate = true
        }
    }

    /// The marks of everything below `position` have been told.
    public mutating func told(upTo position: Offset) {
        waitingPosition = max(waitingPosition, position)
        settle()
    }

    /// The marks to append now; `nil` if none wait or a batch is under way.
    ///
    /// The caller says what became of it with `reported`.
    public mutating func takeBatch() -> Batch? {
        guard underWay == nil, !waiting.isEmpty else { return nil }
        let batch = Batch(marks: waiting.map { ($0.key, $0.value) })
        waiting.removeAll()
        underWay = batch
        underWayPosition = waitingPosition
        return batch
    }

    /// The batch's delivery reports are in: whether the log has all of it.
    public mutating func reported(isDurable: Bool) {
        guard let batch = underWay else { return }
        underWay = nil
        if isDurable {
            durable = max(durable, underWayPosition)
        } else {
            for (conversation, marks) in batch.marks {
                waiting[conversation, default: Marks()].merge(marks)
            }
        }
        settle()
    }

    private mutating func settle() {
        if waiting.isEmpty, underWay == nil { durable = max(durable, waitingPosition) }
    }
}
