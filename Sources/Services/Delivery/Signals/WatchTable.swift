import DequeModule
import Events

/// Whom the accounts with sockets here watch, by any of their devices, and when that has to be said again.
struct WatchTable {
    private struct Watching {
        /// How many devices watch each.
        var devices: [AccountID: Int] = [:]
        var renewal: Duration
    }

    private let interval: Duration
    private var watchers: [AccountID: Watching] = [:]
    private var renewals: Deque<(watcher: AccountID, due: Duration)> = []

    /// Nobody watches; what is watched is said again every `interval`.
    init(interval: Duration) {
        self.interval = interval
    }

    /// Accounts that watch somebody.
    var count: Int { watchers.count }

    /// A device of `watcher` begins to watch.
    mutating func begin(_ watcher: AccountID, _ account: AccountID, now: Duration) {
        if watchers[watcher] == nil {
            watchers[watcher] = Watching(renewal: now + interval)
            renewals.append((watcher, now + interval))
        }
        watchers[watcher]?.devices[account, default: 0] += 1
    }

    /// A device of `watcher` watches no more: whether it was the last.
    mutating func end(_ watcher: AccountID, _ account: AccountID) -> Bool {
        guard let count = watchers[watcher]?.devices[account] else { return false }
        watchers[watcher]?.devices[account] = count > 1 ? count - 1 : nil
        if watchers[watcher]?.devices.isEmpty == true { watchers[watcher] = nil }
        return count == 1
    }

    /// Takes out what has to be said again by now, not much more than `limit` at once.
    mutating func due(now: Duration, limit: Int) -> [(watcher: AccountID, accounts: [AccountID])] {
        var due: [(watcher: AccountID, accounts: [AccountID])] = []
        var left = limit
        while left > 0, let first = renewals.first, first.due <= now {
            renewals.removeFirst()
            // Whoever stopped and began again meanwhile is due later.
            guard let watching = watchers[first.watcher], watching.renewal == first.due else {
                continue
            }
            watchers[first.watcher]?.renewal = now + interval
            renewals.append((first.watcher, now + interval))
            due.append((first.watcher, Array(watching.devices.keys)))
            left -= watching.devices.count
        }
        return due
    }
}
