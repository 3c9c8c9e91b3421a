import NIOCore

/// How the shells of all loads wait.
enum LoadClock {
    private static let drainInterval: Duration = .milliseconds(20)

    /// Returns at a time in nanoseconds of the event loops' clock.
    static func sleep(until nanoseconds: UInt64) async throws {
        let now = NIODeadline.now().uptimeNanoseconds
        guard nanoseconds > now else { return }
        try await Task.sleep(for: .nanoseconds(nanoseconds - now))
    }

    /// Returns when all is done, or when nothing has come for a while.
    ///
    /// - Returns: whether all is done.
    @discardableResult
    static func drain(
        patience: Duration,
        _ look: () async throws -> (isComplete: Bool, progress: Int)
    ) async throws -> Bool {
        var progress = -1
        var lastProgress = ContinuousClock.now
        while true {
            let (isComplete, now) = try await look()
            if isComplete { return true }
            if now != progress {
                progress = now
                lastProgress = .now
            } else if lastProgress.duration(to: .now) > patience {
                return false
            }
            try await Task.sleep(for: drainInterval)
        }
    }
}
