import Stores

/// How much of archives one answer may still fetch.
struct ArchiveBudget {
    /// So often at most.
    static let roundsMax = 12
    /// So many parts at most.
    static let partsMax = 128
    /// So many rows at most, each seq of a part taken for one until it is there.
    static let rowsMax = 65_536
    /// After so many bytes of rows nothing more is fetched: what one answer holds in memory.
    static let bytesMax = 64 << 20

    /// No longer than until then.
    let end: ContinuousClock.Instant
    private var rounds = 0
    private var parts = 0
    private var rows = 0
    private var bytes = 0

    /// How many bytes may still be fetched, about.
    var bytesLeft: Int { max(0, Self.bytesMax - bytes) }

    /// A whole budget.
    init(until end: ContinuousClock.Instant) {
        self.end = end
    }

    /// Those of these parts that are fetched next; empty: no more is fetched.
    mutating func admit(_ wanted: [ArchivedPart]) -> [ArchivedPart] {
        guard rounds < Self.roundsMax, bytesLeft > 0, .now < end else { return [] }
        var room = Self.rowsMax - rows
        let admitted = wanted.prefix(Self.partsMax - parts).prefix { part in
            room -= part.seqs.count
            return room >= 0
        }
        rounds += 1
        parts += admitted.count
        return Array(admitted)
    }

    /// Notes rows that were fetched.
    mutating func spend(_ fetched: [StoreRow]) {
        rows += fetched.count
        bytes += fetched.reduce(0) { $0 + $1.byteCost }
    }
}
