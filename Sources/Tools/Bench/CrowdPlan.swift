import NIOCore

/// What a load on one group or channel is: a value that a run only reads.
struct CrowdPlan: Sendable, Equatable {
    /// How posts are started.
    var pace: DirectPlan.Pace
    /// Posts at most; `nil`: as many as there is time for.
    var postsMax: Int?
    /// Bytes of text of a post.
    var textBytes: Int
    /// How long posts are started, measured.
    var seconds: Double
    /// How long the load runs before that.
    var warmup: Double
    /// Event loops of the load generator.
    var loops: Int
    /// How long to wait, without any progress, for what is missing at the end.
    var drainSeconds: Double
    /// Whether everybody reads everything at once.
    var reads = false
    /// How long an event waits for others to be acknowledged with it; as the Swift client does it with others' messages in a group.
    var acknowledgementDelay: TimeAmount = .milliseconds(50)
    /// The same for one's own messages, of which nobody waits to hear that they arrived.
    var lateAcknowledgementDelay: TimeAmount = .seconds(1)
    /// Whether others' messages get ticks: those of a channel do not, so nobody waits for their acknowledgement either.
    var hasTicks = true
    /// How many events are acknowledged at once in any case; as the Swift client does it.
    var acknowledgementEventsMax = 64
}
