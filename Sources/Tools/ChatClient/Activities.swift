import Events
import MartletClient

/// Who writes or speaks in the conversation on show: until it has ended, or there was no news for a while.
struct Activities: Equatable {
    /// Accounts kept; of more than that nobody wants to know.
    static let accountsMax = 100

    private struct Entry: Equatable {
        var activity: Activity
        var end: ContinuousClock.Instant
    }

    private var entries: [AccountID: Entry] = [:]

    /// What each of them does.
    var current: [AccountID: Activity] { entries.mapValues(\.activity) }

    /// When the first of them is over, if nothing is heard until then.
    var nextEnd: ContinuousClock.Instant? { entries.values.map(\.end).min() }

    /// Takes what an account does now.
    mutating func take(
        _ activity: Activity,
        of account: AccountID,
        at now: ContinuousClock.Instant
    ) {
        guard activity != .idle else {
            entries[account] = nil
            return
        }
        guard entries.count < Self.accountsMax || entries[account] != nil else { return }
        entries[account] = Entry(activity: activity, end: now + Signal.activityLifetime)
    }

    /// Forgets what was not said again.
    mutating func expire(at now: ContinuousClock.Instant) {
        entries = entries.filter { now < $0.value.end }
    }
}
