public import Events

/// An archive in a store's catalogue.
public struct StoredArchive: Hashable, Sendable {
    /// Its key in the blob store.
    public var key: String
    /// The day that it was made for: days since 1970, UTC.
    public var day: Int64
    /// Which share of the conversations.
    public var shard: Int64
    /// How many events are in it.
    public var events: Int64
    /// How large it is.
    public var byteCount: Int64
    /// SHA-256 of it.
    public var sha256: [UInt8]

    /// An archive of its parts.
    public init(
        key: String,
        day: Int64,
        shard: Int64,
        events: Int64,
        byteCount: Int64,
        sha256: [UInt8]
    ) {
        self.key = key
        self.day = day
        self.shard = shard
        self.events = events
        self.byteCount = byteCount
        self.sha256 = sha256
    }
}

/// What an archive holds of one conversation, in a store's catalogue.
public struct ArchivedSegment: Hashable, Sendable {
    /// The archive's key in the blob store.
    public var archive: String
    /// The conversation.
    public var conversation: ConversationID
    /// The first and the last seq; between them may be what only some were told.
    public var seqs: ClosedRange<Int64>
    /// When the first and the last of them were accepted.
    public var times: ClosedRange<Timestamp>
    /// How many events there are.
    public var events: Int64
    /// The message counts at them.
    public var counts: SeqCounts

    /// A segment of its parts.
    public init(
        archive: String,
        conversation: ConversationID,
        seqs: ClosedRange<Int64>,
        times: ClosedRange<Timestamp>,
        events: Int64,
        counts: SeqCounts
    ) {
        self.archive = archive
        self.conversation = conversation
        self.seqs = seqs
        self.times = times
        self.events = events
        self.counts = counts
    }

    /// The parts of it that overlap a span, the nearest first; they are cut in the same places each time, so that they can be kept.
    func parts(
        in span: ClosedRange<Int64>,
        isBackwards: Bool,
        of size: Int64 = ArchivedPart.seqsMax
    ) -> [ArchivedPart] {
        guard span.overlaps(seqs) else { return [] }
        let wanted = span.clamped(to: seqs)
        var parts: [ArchivedPart] = []
        for number in (wanted.lowerBound / size)...(wanted.upperBound / size) {
            let part = (number * size)...(number * size + size - 1)
            parts.append(
                ArchivedPart(
                    archive: archive,
                    conversation: conversation,
                    seqs: part.clamped(to: seqs)
                )
            )
        }
        return isBackwards ? parts.reversed() : parts
    }
}

/// A conversation with events that are in no archive yet.
public struct ArchivableConversation: Hashable, Sendable {
    /// The conversation.
    public var conversation: ConversationID
    /// The last seq that an archive has; 0: none.
    public var archivedSeq: Int64
    /// When the first event after it was accepted.
    public var firstTime: Timestamp
}
