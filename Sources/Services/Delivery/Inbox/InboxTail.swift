import DequeModule
import Events

/// The most recent entries of a partition, in memory: short catch-ups and everything not yet committed are served from it.
///
/// It holds every entry of the partition from `start` to `end`. What is not committed to the index is never dropped; what is, is dropped
/// from the front when a bound is passed.
struct InboxTail {
    /// Entries and bytes to keep at most, beside what is not committed.
    struct Bounds {
        var entriesMax = 8192
        var bytesMax = 4 * 1024 * 1024
    }

    private let bounds: Bounds
    private var entries: Deque<InboxEntry> = []
    private var bytes = 0

    /// All entries from here on are in the tail.
    private(set) var start: Offset
    /// The offset after the last record seen, entry or not.
    private(set) var end: Offset
    /// Everything below is in the index.
    private(set) var committed: Offset

    /// An empty tail: everything below `end` is in the index.
    init(end: Offset, bounds: Bounds = Bounds()) {
        start = end
        self.end = end
        committed = end
        self.bounds = bounds
    }

    var count: Int { entries.count }

    /// Adds what the log brought; `end` is the offset after the last record.
    mutating func append(_ new: [InboxEntry], end: Offset) {
        for entry in new where entry.offset >= self.end {
            entries.append(entry)
            bytes += entry.bytes
        }
        self.end = max(self.end, end)
        evict()
    }

    /// Has every entry as it may be shown from now on.
    mutating func show(_ shown: (InboxEntry) -> InboxEntry) {
        for place in entries.indices {
            let entry = shown(entries[place])
            guard entry !== entries[place] else { continue }
            bytes += entry.bytes - entries[place].bytes
            entries[place] = entry
        }
    }

    /// Everything below is in the index now.
    mutating func commit(_ offset: Offset) {
        committed = max(committed, min(offset, end))
        evict()
    }

    /// Visits the entries of an account from `from` on, below `below`, until `visit` says no.
    ///
    /// - Returns: where it stopped: the entry refused, or where the range ends.
    func read(
        _ reader: InboxIndex.Reader,
        from: Offset,
        below: Offset?,
        visit: (InboxEntry) -> Bool
    ) -> Offset {
        let limit = min(below ?? end, end)
        var place = index(of: from)
        while place < entries.count {
            let entry = entries[place]
            guard entry.offset < limit else { break }
            if entry.concerns(reader.account, reader.stays), !visit(entry) { return entry.offset }
            place += 1
        }
        return max(from, limit)
    }

    /// Visits the entries of an account backwards, from below `below` down to `from`, until `visit` says no.
    func readBackwards(
        _ reader: InboxIndex.Reader,
        from: Offset,
        below: Offset,
        visit: (InboxEntry) -> Bool
    ) {
        var place = index(of: below) - 1
        while place >= 0, entries[place].offset >= from {
            let entry = entries[place]
            if entry.concerns(reader.account, reader.stays), !visit(entry) { return }
            place -= 1
        }
    }

    /// The newest event of a conversation.
    func newest(of conversation: ConversationID) -> InboxEntry? {
        entries.last { $0.conversation == conversation && $0.knownConversation != nil }
    }

    /// The place of the first entry at or after an offset.
    private func index(of offset: Offset) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].offset < offset {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    private mutating func evict() {
        while entries.count > bounds.entriesMax || bytes > bounds.bytesMax,
            let oldest = entries.first, oldest.offset < committed
        {
            entries.removeFirst()
            bytes -= oldest.bytes
            start = oldest.offset.next
        }
    }
}
