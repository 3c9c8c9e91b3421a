/// How senders are told of their ticks after a batch.
struct Telling {
    /// The present moment.
    var now: ContinuousClock.Instant
    /// The least time between two records for one sender in one group.
    var interval: Duration
    /// How many partitions `inbox` has.
    var inboxPartitions: Int
}
