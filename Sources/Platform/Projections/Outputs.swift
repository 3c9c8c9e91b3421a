public import EventLog

/// The records that a batch gives rise to, in order.
public struct Outputs: Sendable {
    /// What was put out so far.
    public private(set) var records: [OutgoingRecord] = []

    /// Nothing so far.
    public init() {}

    /// Adds a record.
    public mutating func append(_ record: OutgoingRecord) {
        records.append(record)
    }

    /// Drops what was put out after `count` records: a poisoned record's outputs.
    mutating func truncate(to count: Int) {
        records.removeLast(records.count - count)
    }
}
