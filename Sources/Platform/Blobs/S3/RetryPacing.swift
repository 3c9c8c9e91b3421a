/// Time and chance as repetitions need them; injected, so that tests need not wait.
struct RetryPacing: Sendable {
    /// How long it is since some moment in the past; never goes back.
    var uptime: @Sendable () -> Duration
    /// Waits; throws when the task is cancelled.
    var sleep: @Sendable (Duration) async throws -> Void
    /// A number from 0 to 1.
    var chance: @Sendable () -> Double

    /// The machine's.
    static var system: RetryPacing {
        let start = ContinuousClock.now
        return RetryPacing(
            uptime: { start.duration(to: .now) },
            sleep: { try await Task.sleep(for: $0) },
            chance: { Double.random(in: 0...1) }
        )
    }
}
