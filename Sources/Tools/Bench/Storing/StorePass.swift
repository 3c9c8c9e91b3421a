/// What writing into one store came to.
struct StorePass: Codable, Sendable, Equatable {
    /// `live` or `replay`.
    var kind: String
    /// Batches.
    var count = 0
    /// Events, accounts and marks.
    var records = 0
    var events = 0
    /// Events whose place was taken.
    var conflicts = 0
    var seconds = 0.0
    /// Of this process alone: a server's is not in it.
    var cpuSeconds = 0.0
    /// With the write-ahead log; `nil`: it is a database server's.
    var fileBytes: Int?

    init(batches: StoreBench.Batches) {
        kind = batches == .replay ? "replay" : "live"
    }

    var eventsPerSecond: Double { seconds > 0 ? (Double(events) / seconds).rounded() : 0 }
    var microsecondsPerEvent: Double {
        (cpuSeconds * 1e8 / Double(max(1, events))).rounded() / 100
    }
}
