public import EventLog
public import Events
public import GRDB

/// A consumer whose state is a fold of its topics: what a service implements; `ProjectionRunner` does the rest.
///
/// All calls come on the runner's one thread. What `apply` puts into `outputs` must be a function of the records of one
/// input partition alone (rule 3 of the design): no clock, no randomness, no look-ups elsewhere.
public protocol Projection: AnyObject {
    /// The consumer group, and the name in logs, metrics and dead letters.
    var name: String { get }
    /// The input topics; all with the same partition count, so that one instance owns a partition of all of them.
    var topics: [Topic] { get }
    /// The tables of the state, numbered, forward only.
    var migrations: [Migration] { get }

    /// A partition number was assigned: load its state.
    ///
    /// - Returns: where to start topics of which the checkpoint has no position (no entry: at the beginning). This is where the
    ///   router folds its own output. May block.
    func open(_ partition: Partition, _ database: any DatabaseReader, isFresh: Bool) throws
        -> [Topic: StartPosition]

    /// A partition number was taken away: forget its state.
    func close(_ partition: Partition)

    /// Folds one record in and says what follows from it.
    ///
    /// - Throws: `PoisonRecord` if the record can't be processed, now or ever: it goes to `dead-letters` and the state must be as it was
    ///   before. Any other error stops the process, which starts again from its checkpoint.
    func apply(_ record: LogRecord, _ outputs: inout Outputs) throws

    /// All records of a batch were applied: the place to put out what was coalesced.
    ///
    /// Also called without a batch, about every `pollInterval`, for work that waits for time (push).
    func batchApplied(_ outputs: inout Outputs) throws

    /// The outputs are durable: write the changed state. Runs in the transaction that stores the positions.
    func save(_ database: Database) throws

    /// The transaction is committed: positions and state are on disk.
    func saved(_ positions: [TopicPartition: Offset])
}

extension Projection {
    /// Nothing by default: every topic starts at its beginning.
    public func open(_ partition: Partition, _ database: any DatabaseReader, isFresh: Bool) throws
        -> [Topic: StartPosition]
    { [:] }
    /// Nothing by default.
    public func close(_ partition: Partition) {}
    /// Nothing by default.
    public func batchApplied(_ outputs: inout Outputs) throws {}
    /// Nothing by default.
    public func saved(_ positions: [TopicPartition: Offset]) {}
}

/// A numbered step of a database's tables.
public struct Migration: Sendable {
    /// Unique and never changed, such as `1-conversations`.
    public let identifier: String
    /// The statements, separated by semicolons.
    public let sql: String

    /// A migration of its parts.
    public init(_ identifier: String, sql: String) {
        self.identifier = identifier
        self.sql = sql
    }
}

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

/// A record that can't be processed, now or ever.
public struct PoisonRecord: Error, Sendable, CustomStringConvertible {
    /// Stable, such as `undecodable`.
    public let code: String
    /// What is wrong; never a message's text.
    public let detail: String

    /// A poison of its parts.
    public init(code: String, detail: String) {
        self.code = code
        self.detail = detail
    }

    /// Code and detail.
    public var description: String { "\(code): \(detail)" }
}
