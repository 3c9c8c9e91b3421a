public import Events

/// Which events of a conversation are asked for.
public struct PageRequest: Hashable, Sendable {
    /// From where, in which direction.
    public enum Start: Hashable, Sendable {
        /// The newest, newest first.
        case newest
        /// Those before a seq, newest first.
        case before(Int64)
        /// Those after a seq, oldest first.
        case after(Int64)
    }

    /// From where, in which direction.
    public var start: Start
    /// How many at most.
    public var limit: Int

    /// A request of its parts; the limit is brought into 1 … `Limits.historyPageEventsMax`.
    public init(_ start: Start, limit: Int = Limits.historyPageEvents) {
        self.start = start
        self.limit = Self.limit(limit)
    }

    /// A number of things on a page, brought into 1 … `Limits.historyPageEventsMax`.
    static func limit(_ limit: Int) -> Int { min(max(limit, 1), Limits.historyPageEventsMax) }
}
