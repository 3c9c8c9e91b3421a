/// Finds the name that somebody probably meant.
enum NearestName {
    /// Names that are longer are nobody's slip of the pen.
    private static let charactersMax = 64

    /// The candidate with the fewest differing letters, if there are few; cases and word marks don't count.
    static func of(_ name: String, among candidates: some Collection<String>) -> String? {
        let wanted = folded(name)
        guard wanted.count <= charactersMax else { return nil }
        let ranked = candidates.map { (distance: distance(wanted, folded($0)), name: $0) }
        guard let best = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }),
            best.distance <= max(1, wanted.count / 4)
        else { return nil }
        return best.name
    }

    private static func folded(_ name: String) -> [Character] {
        name.lowercased().filter { $0 != "_" && $0 != "-" }.map { $0 }
    }

    /// How many letters must be put in, taken out, replaced or exchanged with their neighbours to make one of the other (optimal string
    /// alignment).
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var before: [Int] = []
        var row = Array(0...right.count)
        for place in left.indices {
            var next = [place + 1]
            for column in right.indices {
                let isSame = left[place] == right[column]
                var best = min(
                    row[column + 1] + 1,
                    next[column] + 1,
                    row[column] + (isSame ? 0 : 1)
                )
                if place > 0, column > 0, left[place] == right[column - 1],
                    left[place - 1] == right[column]
                {
                    best = min(best, before[column - 1] + 1)
                }
                next.append(best)
            }
            (before, row) = (row, next)
        }
        return row[right.count]
    }
}
