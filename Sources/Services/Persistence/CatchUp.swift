import EventLog
import Events

/// Finds out of which moment the store has everything that the log had then.
///
/// A value: from time to time it is told how far log and store are. What the log had at one look the store has at a later one.
struct CatchUp {
    /// What the log had at a time, until the store has it.
    private var noted: (time: Timestamp, log: [TopicPartition: LogAdmin.Watermarks])?
    /// The moment; `nil`: none yet.
    private(set) var moment: Timestamp?

    /// Looks.
    ///
    /// - Parameters:
    ///   - time: the time before the log was asked.
    ///   - log: what it has of each partition.
    ///   - positions: how far the store is.
    mutating func look(
        at time: Timestamp,
        log: [TopicPartition: LogAdmin.Watermarks],
        positions: [TopicPartition: Offset]
    ) {
        if let noted, Self.has(positions, noted.log) {
            moment = noted.time
            self.noted = nil
        }
        if noted == nil { noted = (time, log) }
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
