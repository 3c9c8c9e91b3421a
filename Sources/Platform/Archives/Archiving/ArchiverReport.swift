/// What an archiver has done.
public struct ArchiverReport: Hashable, Sendable {
    /// Archives made.
    public var archives = 0
    /// Events in them.
    public var events = 0
    /// Events dropped from the hot store.
    public var dropped = 0

    /// Nothing done.
    public init() {}

    /// Adds what else was done.
    static func += (report: inout Self, other: Self) {
        report.archives += other.archives
        report.events += other.events
        report.dropped += other.dropped
    }
}
