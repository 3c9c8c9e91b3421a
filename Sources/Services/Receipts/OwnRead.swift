import Events

/// How far an account has read a conversation, in private or not: what its own devices are told.
struct OwnRead: Equatable {
    /// SQLite has no more.
    private static let seqMax = UInt64(Int64.max)

    /// The highest over the account's devices; may be more than there is to read.
    private(set) var seq: UInt64 = 0
    /// When it last rose, in milliseconds since 1970 UTC.
    private(set) var time: Int64 = 0
    /// What the account was told last; never more than there was to read.
    private(set) var told: UInt64 = 0

    /// Nothing was read.
    init() {}

    /// What was stored.
    init(seq: UInt64, time: Int64, told: UInt64) {
        self.seq = min(seq, Self.seqMax)
        self.time = time
        self.told = min(told, Self.seqMax)
    }

    /// Takes a mark.
    ///
    /// - Returns: whether it is higher than those before.
    mutating func raise(to mark: UInt64, at time: Int64) -> Bool {
        let seq = min(mark, Self.seqMax)
        guard seq > self.seq else { return false }
        self.seq = seq
        self.time = max(self.time, time)
        return true
    }

    /// Whether it is further than the account was told.
    var isAhead: Bool { seq > told }

    /// Whether the account has to be told, of a conversation with this last seq.
    func hasNews(upTo last: UInt64) -> Bool { min(seq, last) > told }

    /// The account is told, of a conversation with this last seq.
    mutating func tell(upTo last: UInt64) { told = max(told, min(seq, last)) }

    /// Of a conversation with this last seq nobody can have been told more.
    mutating func limitTold(to last: UInt64) { told = min(told, last) }
}
