import Events

/// When marks in a conversation last rose: over all accounts, and over all but one.
struct MarkTimes: Equatable {
    /// Whose mark rose last.
    private(set) var newest: AccountID?
    /// When it did, in milliseconds since 1970 UTC.
    private(set) var newestTime: Int64 = 0
    /// When a mark of any other account last did.
    private(set) var othersTime: Int64 = 0

    /// No mark has risen.
    init() {}

    /// Times as they were stored.
    init(newest: AccountID?, newestTime: Int64, othersTime: Int64) {
        self.newest = newest
        self.newestTime = newestTime
        self.othersTime = othersTime
    }

    /// A mark of this account rose.
    mutating func note(_ account: AccountID, _ time: Int64) {
        if account == newest {
            newestTime = max(newestTime, time)
        } else if time > newestTime {
            othersTime = newestTime
            (newest, newestTime) = (account, time)
        } else {
            othersTime = max(othersTime, time)
        }
    }

    /// When a mark of anybody else last rose; 0: never.
    func last(except account: AccountID) -> Timestamp {
        Timestamp(milliseconds: account == newest ? othersTime : newestTime)
    }
}
