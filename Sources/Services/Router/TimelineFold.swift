import Conversations
import Events

/// Finds out, from the timeline alone, from which submission on to route again, and the state just before it.
///
/// The last batches that a router without a checkpoint worked on may have reached the timeline and not the inbox, or
/// only in part; its rejections leave no trace in the timeline at all. So the last `window` submissions are routed
/// again from the state before them. Being deterministic, that gives the same records again, which readers drop by
/// origin, and those that are missing. Hence the newest events are held back here and then thrown away.
///
/// Submissions that are no longer kept can't be routed again; what came of them is folded.
struct TimelineFold {
    /// An event and the time that the log gave it.
    struct Entry {
        let event: TimelineEvent
        let logTime: Timestamp
    }

    private let window: Int64
    private let oldest: Offset
    private var filter = OriginFilter()
    private var held: [Entry] = []
    private var heldStart = 0
    private var newest: Offset?

    /// A fold over the timeline of a partition whose oldest kept submission is `oldest`.
    init(window: Int, oldest: Offset) {
        self.window = Int64(window)
        self.oldest = oldest
    }

    /// Takes the next event of the timeline; passes on those that are certainly before the starting point.
    mutating func add(_ entry: Entry, _ body: (Entry) throws -> Void) rethrows {
        let origin = entry.event.origin
        guard filter.admit(origin) else { return }
        held.append(entry)
        newest = max(newest ?? origin.offset, origin.offset)
        try release(body)
        if heldStart > 1024, heldStart > held.count / 2 {
            held.removeFirst(heldStart)
            heldStart = 0
        }
    }

    /// The submission to start with.
    var start: Offset {
        guard let newest else { return oldest }
        return max(Offset(newest.number &+ 1 &- window), oldest)
    }

    private mutating func release(_ body: (Entry) throws -> Void) rethrows {
        while heldStart < held.count, held[heldStart].event.origin.offset < start {
            try body(held[heldStart])
            heldStart += 1
        }
    }
}
