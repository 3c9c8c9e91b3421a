import Events
import Synchronization
import Web

/// Keeps how often accounts change something about themselves within bounds, each and all together.
final class ChangeDesk: Sendable {
    private static let window: Duration = .seconds(10 * 60)
    private static let changesMax = 1_000_000

    private let recent = Mutex(
        RecentStarts<Void, AccountID>(
            startsMax: changesMax,
            perSubjectMax: Limits.accountChangesMax
        )
    )

    /// Notes a change.
    ///
    /// - Throws: `Problem` with code `too_many_requests`.
    func admit(_ account: AccountID, at now: Timestamp) throws(Problem) {
        do {
            try recent.withLock { recent throws(RetryLater) in
                _ = recent.takeEnded(at: now)
                try recent.begin((), by: account, until: now + Self.window, at: now)
            }
        } catch {
            throw Problem(.tooManyRequests, "too many changes; wait", retryAfter: error.after)
        }
    }
}
