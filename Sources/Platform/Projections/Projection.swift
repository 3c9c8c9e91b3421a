public import EventLog
public import Events
public import GRDB

/// A consumer whose state is a fold of its topics: what a service implements; `ProjectionRunner` does
/// the rest.
///
/// All calls come on the runner's one thread. What `apply` puts into `outputs` must be a function of the
/// records of one input partition alone (rule 3 of the design): no clock, no randomness, no look-ups
/// elsewhere.
public protocol Projection: AnyObject {
    /// The consumer group, and the name in logs, metrics and dead letters.
    var name: String { get }
    /// The input topics; all with the same partition count, so that one instance owns a partition of all
    /// of them.
    var topics: [Topic] { get }
    /// The tables of the state, numbered, forward only.
    var migrations: [Migration] { get }
    /// What the stored state is worth when the input has lost records that it did not see.
    var missingInput: MissingInput { get }

    /// A partition number was assigned: load its state.
    ///
    /// With `isFresh` there is no checkpoint to go on from. Rows of this partition that exist all the same
    /// are stale: they must not be used, and the next `save` must delete them.
    ///
    /// - Returns: where to start topics of which the checkpoint has no position (no entry: at the
    ///   beginning). This is where the router folds its own output. May block.
    func open(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool
    ) throws
        -> [Topic: StartPosition]

    /// A partition number was taken away: forget its state, saved or not.
    func close(_ partition: Partition)

    /// Folds one record in and says what follows from it.
    ///
    /// - Throws: `PoisonRecord` if the record can't be processed, now or ever: it goes to `dead-letters` and
    ///   the state must be as it was before. Any other error stops the process, which starts again from
    ///   its checkpoint.
    func apply(_ record: LogRecord, _ outputs: inout Outputs) throws

    /// Everything that the inputs had when the partition number was opened has been applied; called once for each opening.
    ///
    /// What was put out before a crash was derived from no more than that. So a projection that coalesces, and must not
    /// tell less than it has told before, holds its outputs until then.
    func caughtUp(_ partition: Partition)

    /// All records of a batch were applied: the place to put out what was coalesced.
    ///
    /// Also called without a batch, about every `pollInterval`, for work that waits for time (push), and
    /// once between `open` and the partition's first record.
    func batchApplied(_ outputs: inout Outputs) throws

    /// The outputs are durable: write the changed state. Runs in the transaction that stores the positions.
    func save(_ database: Database) throws

    /// Takes out what `save` would write, so that records need not wait while it is written on another thread; `nil` to be
    /// asked by `save`.
    ///
    /// `saved` is called when it is on disk; nothing more is taken out before. What was taken out and could not be written is
    /// lost, as the whole process is then: it starts again from its checkpoint.
    func takeChanges() -> (any DetachedChanges)?

    /// Whether so much waits to be saved that the next checkpoint should come at once, and be waited for.
    var isSaveUrgent: Bool { get }

    /// The transaction is committed: positions and state are on disk.
    func saved()
}

extension Projection {
    /// `goOn` by default.
    public var missingInput: MissingInput { .goOn }
    /// Nothing by default: every topic starts at its beginning.
    public func open(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool
    ) throws
        -> [Topic: StartPosition]
    { [:] }
    /// Nothing by default.
    public func close(_ partition: Partition) {}
    /// Nothing by default.
    public func caughtUp(_ partition: Partition) {}
    /// Nothing by default.
    public func batchApplied(_ outputs: inout Outputs) throws {}
    /// `nil` by default.
    public func takeChanges() -> (any DetachedChanges)? { nil }
    /// Never by default.
    public var isSaveUrgent: Bool { false }
    /// Nothing by default.
    public func saved() {}
}

/// Changes of a projection's state, apart from the state itself.
public protocol DetachedChanges: Sendable {
    /// Writes them, in the transaction that stores the positions; on another thread than the projection's.
    func save(_ database: Database) throws
}

/// What a projection does when its input no longer has the record that its checkpoint goes on from.
public enum MissingInput: Sendable {
    /// The state stays true without the missing records: go on with the oldest record there is.
    case goOn
    /// The state would be wrong without them. If retention took them, the partition is opened as fresh; if
    /// the input ends before the checkpoint, the projection refuses to run: deriving records with origins
    /// that were used before would have them dropped as repetitions.
    case rebuild
}
