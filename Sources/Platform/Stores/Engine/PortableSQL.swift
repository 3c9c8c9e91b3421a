import Synchronization

/// Says in PostgreSQL's words what a statement says in SQLite's.
///
/// Not a translator of SQL: of what the folds and queries of this library say, and `StoresTests` asks both engines all of it.
enum PortableSQL {
    /// There are as many statements as the code has.
    private static let known = Mutex<[String: String]>([:])

    /// The same statement for PostgreSQL, worked out once.
    static func postgres(_ sql: String) -> String {
        if let translated = known.withLock({ $0[sql] }) { return translated }
        let translated = translation(of: sql)
        known.withLock { $0[sql] = translated }
        return translated
    }

    /// The same statement for PostgreSQL.
    ///
    /// - `?` and `?3` become `$1` and `$3`; `IN (?3)` becomes `= ANY($3)`, for several values at once.
    /// - `x'00ff'` becomes `'\x00ff'::bytea`.
    /// - `max(a, b)` becomes `greatest(a, b)`; with one argument it is the aggregate in both.
    /// - `INDEXED BY name` goes, and `CROSS JOIN` with a condition, which fixes an order, becomes `JOIN`.
    static func translation(of sql: String) -> String {
        var translated = sql.replacing(#/IN \(\?(\d+)\)/#) { "= ANY($\($0.1))" }
        translated.replace(#/ INDEXED BY \w+/#) { _ in "" }
        translated.replace(#/CROSS JOIN (\w+ \w+)\s+ON/#) { "JOIN \($0.1) ON" }
        translated.replace(#/\bx'([0-9a-f]*)'/#) { "'\\x\($0.1)'::bytea" }
        translated = scalarMaximums(translated)
        var place = 0
        return translated.replacing(#/\?(\d*)/#) { match in
            guard match.1.isEmpty else { return "$\(match.1)" }
            place += 1
            return "$\(place)"
        }
    }

    /// `max(` with a comma between its own parentheses.
    private static func scalarMaximums(_ sql: String) -> String {
        var result = ""
        var rest = sql[...]
        while let start = rest.range(of: "max(") {
            result += rest[..<start.lowerBound]
            var depth = 1
            var isScalar = false
            for character in rest[start.upperBound...] {
                switch character {
                case "(": depth += 1
                case ")": depth -= 1
                case "," where depth == 1: isScalar = true
                default: break
                }
                if depth == 0 { break }
            }
            result += isScalar ? "greatest(" : "max("
            rest = rest[start.upperBound...]
        }
        return result + rest
    }
}

extension Substring {
    /// Where a word begins and ends that is no part of a longer one.
    fileprivate func range(of word: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(word) {
                let isPart = start > startIndex && self[index(before: start)].isLetter
                if !isPart { return start..<index(start, offsetBy: word.count) }
            }
            start = index(after: start)
        }
        return nil
    }
}
