/// When a failed request is made again: exponential back-off with full jitter, bounded in number and in time.
///
/// The n-th wait is drawn evenly from 0 to `base` × 2ⁿ⁻¹, `cap` at most, and is never shorter than what the server asks for.
/// Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
struct RetryPlan: Sendable {
    private let settings: S3Settings
    private var retries = 0

    init(_ settings: S3Settings) {
        self.settings = settings
    }

    /// Decides on the next try.
    ///
    /// - Parameters:
    ///   - failure: why the last try failed.
    ///   - elapsed: since the first try began.
    ///   - chance: from 0 to 1.
    /// - Returns: how long to wait before it; `nil` to give up.
    mutating func wait(
        after failure: S3Failure,
        elapsed: Duration,
        chance: Double
    ) -> Duration? {
        guard failure.isRepeated, retries < settings.retriesMax else { return nil }
        // Beyond the cap anyhow, and a shift that can't overflow.
        let most = min(settings.backOffMax, settings.backOffBase * (1 << min(retries, 20)))
        retries += 1
        let wait = max(most * chance, failure.retryAfter ?? .zero)
        guard elapsed + wait < settings.totalTimeout else { return nil }
        return wait
    }
}
