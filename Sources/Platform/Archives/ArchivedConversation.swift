public import Events
public import Stores

/// What an archive has of one conversation: what its index says.
public struct ArchivedConversation: Hashable, Sendable {
    /// The conversation.
    public let conversation: ConversationID
    /// The first and the last seq; between them may be what only some were told.
    public let seqs: ClosedRange<Int64>
    /// When the first and the last event were accepted.
    public let times: ClosedRange<Timestamp>
    /// How many events.
    public let count: Int
    /// `message_count` at the first and at the last event.
    public let messageCounts: ClosedRange<Int64>
    /// The lines, in bytes, before they are compressed.
    public let byteCount: Int64
    /// SHA-256 of the lines, as 64 hexadecimal digits.
    public let sha256: String

    /// What an archive has of one conversation, of its parts.
    public init(
        conversation: ConversationID,
        seqs: ClosedRange<Int64>,
        times: ClosedRange<Timestamp>,
        count: Int,
        messageCounts: ClosedRange<Int64>,
        byteCount: Int64,
        sha256: String
    ) {
        self.conversation = conversation
        self.seqs = seqs
        self.times = times
        self.count = count
        self.messageCounts = messageCounts
        self.byteCount = byteCount
        self.sha256 = sha256
    }
}

/// What an archive has of one conversation, event by event.
public struct PackedConversation: Hashable, Sendable {
    /// What the archive's index says.
    public let summary: ArchivedConversation
    /// The message counts at the events.
    public let counts: SeqCounts

    /// What an archive has of one conversation, of its parts.
    public init(summary: ArchivedConversation, counts: SeqCounts) {
        self.summary = summary
        self.counts = counts
    }

    /// What a store's catalogue keeps of it, if the archive has this key.
    public func segment(inArchive key: String) -> ArchivedSegment {
        ArchivedSegment(
            archive: key,
            conversation: summary.conversation,
            seqs: summary.seqs,
            times: summary.times,
            events: Int64(summary.count),
            counts: counts
        )
    }
}
