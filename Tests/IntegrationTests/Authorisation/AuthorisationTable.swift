import Foundation

/// Who makes a call, by the columns of docs/AUTHORISATION.md.
enum Asker: String, CaseIterable, Sendable {
    case owner, admin, moderator, member
    case former = "former member"
    case stranger, blocked
    case otherDevice = "other device"
    case anonymous
}

/// The tables of docs/AUTHORISATION.md.
struct AuthorisationTable {
    /// Names a row.
    struct Key: Hashable, Comparable, Sendable, CustomStringConvertible {
        let call: String
        let what: String

        init(_ call: String, _ what: String) {
            self.call = call
            self.what = what
        }

        var description: String { "\(call) (\(what))" }

        static func < (left: Self, right: Self) -> Bool {
            (left.call, left.what) < (right.call, right.what)
        }
    }

    /// What should come of each row, by who asks.
    private(set) var rows: [Key: [Asker: String]] = [:]

    /// Reads the page.
    init(page: String) throws {
        var columns: [Asker?] = []
        for line in page.split(separator: "\n") where line.hasPrefix("|") {
            let cells = line.split(separator: "|").map { Self.plain($0) }
            if cells.first == "call" || cells.first == "frame" {
                columns = cells.dropFirst(2).map { Asker(rawValue: $0) }
            } else if !line.hasPrefix("| ---") {
                let key = Key(cells[0], cells[1])
                guard rows[key] == nil, cells.count == columns.count + 2 else {
                    throw Malformed(row: key)
                }
                for (column, cell) in zip(columns, cells.dropFirst(2)) {
                    guard let column else { throw Malformed(row: key) }
                    rows[key, default: [:]][column] = cell
                }
            }
        }
    }

    struct Malformed: Error {
        let row: Key
    }

    /// A cell without its marks: `code`, *emphasis*, [note].
    private static func plain(_ cell: Substring) -> String {
        cell.replacing(/\s*\[\d+\]/, with: "").filter { $0 != "`" && $0 != "*" }
            .trimmingCharacters(in: .whitespaces)
    }
}
