/// Who waits for an append.
public protocol AppendWaiter: AnyObject, Sendable {
    /// The append's fate is decided; called by ``LogStore``'s commit handler, wherever that does its work.
    func appendDidFinish(_ append: FinishedAppend)
}

/// What an append is known by to whoever waits for it.
public struct AppendTicket: Sendable {
    /// Who waits; `nil`: nobody.
    public let waiter: (any AppendWaiter)?
    /// Which of its appends.
    public let index: Int

    /// A ticket of its parts.
    public init(waiter: (any AppendWaiter)?, index: Int) {
        self.waiter = waiter
        self.index = index
    }
}

/// What became of a batch that was handed to a partition.
public enum AppendDecision: Sendable, Equatable {
    /// It has its offset; the commit handler will tell when it is durable.
    case pending(baseOffset: Int64)
    /// It was there already and is durable.
    case duplicate(baseOffset: Int64)
    /// It was there already, too long ago to know its offset.
    case oldDuplicate
    /// Earlier batches of its producer are missing.
    case outOfOrder
    /// Its producer has been replaced.
    case staleEpoch
    /// The partition can't be written at present.
    case failed
}

/// An append whose fate is decided.
public struct FinishedAppend: Sendable {
    /// Who waited.
    public let ticket: AppendTicket
    /// The first record's offset.
    public let baseOffset: Int64
    /// Whether it is durable; if not, it is not in the log and never will be.
    public let isDurable: Bool
}

/// What one group commit finished.
public struct Commit: Sendable {
    /// The appends, in the order in which they were taken by each partition.
    public var appends: [FinishedAppend] = []
    /// The partitions that have new durable records.
    public var partitions: [PartitionLog] = []
}
