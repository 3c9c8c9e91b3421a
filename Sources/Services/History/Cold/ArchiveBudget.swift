import Stores

/// How much of archives one answer may still fetch.
struct ArchiveBudget {
    /// So often at most.
    static let roundsMax = 12
    /// So many parts at most.
    static let partsMax = 128
    /// So many rows at most, each seq of a part taken for one until it is there.
    static let rowsMax = 65_536

    /// No longer than until then.
    let end: ContinuousClock.Instant
    private var rounds = 0
    private var parts = 0
    private var rows = 0

    /// A whole budget.
    init(until end: ContinuousClock.Instant) {
        self.end = end
    }

    /// Those of these parts that are fetched next; empty: no more is fetched.
    mutating func admit(_ wanted: [ArchivedPart]) -> [ArchivedPart] {
        guard rounds < Self.roundsMax, .now < end else { return [] }
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
    mutating func spend(rows count: Int) { rows += count }
}
