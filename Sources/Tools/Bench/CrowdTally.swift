import Histogram

/// What one worker has seen of what came to its sockets.
struct CrowdTally: Sendable {
    /// Nanoseconds of the loop's clock: posts due from here on are measured.
    var measuredFrom: UInt64 = .max
    /// From when a post was due until the log had it.
    private(set) var accepted = Latency.histogram()
    /// From when a post was due until it was on a socket.
    private(set) var delivered = Latency.histogram()
    /// Deliveries of posts that are measured.
    private(set) var measured = 0
    /// When the last of them was.
    private(set) var lastArrival: UInt64 = 0
    var doubled = 0
    var outOfOrder = 0
    var resends = 0
    var disconnects = 0

    /// Notes that the log has a post.
    mutating func accept(due: UInt64, at now: UInt64) {
        guard due >= measuredFrom else { return }
        accepted.record(Latency.microseconds(from: due, to: now))
    }

    /// Notes that a socket has a post.
    mutating func deliver(due: UInt64, at now: UInt64) {
        guard due >= measuredFrom else { return }
        measured += 1
        lastArrival = max(lastArrival, now)
        delivered.record(Latency.microseconds(from: due, to: now))
    }

    /// Adds another worker's.
    mutating func add(_ other: CrowdTally) {
        accepted.add(other.accepted)
        delivered.add(other.delivered)
        measured += other.measured
        lastArrival = max(lastArrival, other.lastArrival)
        doubled += other.doubled
        outOfOrder += other.outOfOrder
        resends += other.resends
        disconnects += other.disconnects
    }
}
