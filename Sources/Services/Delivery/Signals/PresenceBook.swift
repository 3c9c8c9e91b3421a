import Events

/// Who watches the accounts of one partition.
///
/// A fold of `signals` that forgets: what is not said again in time has ended.
struct PresenceBook: Sendable {
    private struct Watcher {
        var until: Timestamp
        /// Whether the account has it among its contacts; `nil`: not asked yet.
        var isContact: Bool?
    }

    private let watchersMax: Int
    private var watched: [AccountID: [AccountID: Watcher]] = [:]

    /// A book that is empty; an account has at most `watchersMax` watchers.
    init(watchersMax: Int) {
        self.watchersMax = watchersMax
    }

    /// Accounts that are watched.
    var accounts: some Collection<AccountID> { watched.keys }

    /// Who watches an account.
    func watchers(of account: AccountID) -> [AccountID] {
        watched.isEmpty ? [] : watched[account].map { Array($0.keys) } ?? []
    }

    /// Whether somebody watches an account.
    func isWatched(_ account: AccountID) -> Bool { !watched.isEmpty && watched[account] != nil }

    /// Whether `watcher` watches `account`.
    func watches(_ watcher: AccountID, _ account: AccountID) -> Bool {
        !watched.isEmpty && watched[account]?[watcher] != nil
    }

    /// Somebody watches an account from now on, or longer.
    ///
    /// - Returns: whether there was room.
    mutating func begin(
        _ watcher: AccountID,
        _ account: AccountID,
        until: Timestamp,
        now: Timestamp
    ) -> Bool {
        if watched[account]?[watcher] != nil {
            watched[account]?[watcher]?.until = until
            return true
        }
        if let count = watched[account]?.count, count >= watchersMax { expire(account, now: now) }
        guard (watched[account]?.count ?? 0) < watchersMax else { return false }
        watched[account, default: [:]][watcher] = Watcher(until: until)
        return true
    }

    /// Somebody watches an account no more.
    mutating func end(_ watcher: AccountID, _ account: AccountID) {
        watched[account]?[watcher] = nil
        if watched[account]?.isEmpty == true { watched[account] = nil }
    }

    /// Forgets what has not been said again in time.
    mutating func expire(now: Timestamp) {
        for account in Array(watched.keys) { expire(account, now: now) }
    }

    private mutating func expire(_ account: AccountID, now: Timestamp) {
        guard let watchers = watched[account], watchers.contains(where: { $0.value.until <= now })
        else { return }
        let left = watchers.filter { $0.value.until > now }
        watched[account] = left.isEmpty ? nil : left
    }

    /// Whether a watcher is among the account's contacts, as far as was asked.
    func isContact(_ watcher: AccountID, of account: AccountID) -> Bool? {
        watched[account]?[watcher]?.isContact
    }

    /// Whether a watcher is among the account's contacts.
    mutating func set(isContact: Bool, _ watcher: AccountID, of account: AccountID) {
        watched[account]?[watcher]?.isContact = isContact
    }
}
