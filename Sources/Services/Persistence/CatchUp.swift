import EventLog
import Events

/// Finds out of which moment the store has everything that the log had then, indexed for search.
///
/// A value: from time to time it is told how far log, store and index are. What the log had at one look the store has at a later one, and the index at
/// one after that.
struct CatchUp {
    /// How far all are.
    struct Look {
        /// The time before the log was asked.
        var time: Timestamp
        /// What the log has of each partition.
        var log: [TopicPartition: LogAdmin.Watermarks]
        /// How far the store is.
        var positions: [TopicPartition: Offset]
        /// When the store had been asked.
        var seen: ContinuousClock.Instant
        /// Everything that was in the store then is indexed; `nil`: that is not known of any moment.
        var indexed: ContinuousClock.Instant?
    }

    /// What the log had at a time, until the store has it.
    private var noted: (time: Timestamp, log: [TopicPartition: LogAdmin.Watermarks])?
    /// A time of which the store has everything, and when that was seen, until it is indexed.
    private var reached: (time: Timestamp, seen: ContinuousClock.Instant)?
    /// The moment; `nil`: none yet.
    private(set) var moment: Timestamp?

    /// Looks.
    mutating func take(_ look: Look) {
        if let reached, let indexed = look.indexed, indexed >= reached.seen {
            moment = reached.time
            self.reached = nil
        }
        if let noted, Self.has(look.positions, noted.log) {
            reached = reached ?? (noted.time, look.seen)
            self.noted = nil
        }
        if noted == nil { noted = (look.time, look.log) }
    }

    /// Whether the store has read each partition to its end.
    private static func has(
        _ positions: [TopicPartition: Offset],
        _ log: [TopicPartition: LogAdmin.Watermarks]
    ) -> Bool {
        log.allSatisfy { partition, limits in
            max(positions[partition] ?? Offset(0), limits.low) >= limits.high
        }
    }
}
