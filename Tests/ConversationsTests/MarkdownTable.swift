import Foundation
import Testing

/// A table of a page in this repository.
struct MarkdownTable {
    /// What stands above it, without footnote marks.
    let header: [String]
    /// The cells of each row, without footnote marks and backquotes.
    let rows: [[String]]

    /// The first table below a heading of a page.
    init(_ path: String, below heading: String) throws {
        let lines = try #require(Repository.read(path)).split(separator: "\n")
        let start = try #require(lines.firstIndex { $0.hasPrefix("#") && $0.hasSuffix(heading) })
        let table = lines[(start + 1)...].drop { !$0.hasPrefix("|") && !$0.hasPrefix("#") }
            .prefix { $0.hasPrefix("|") }
        let cells = table.map(Self.cells)
        header = try #require(cells.first)
        rows = Array(cells.dropFirst(2))
        for row in rows { try #require(row.count == header.count, "\(row)") }
        try #require(!rows.isEmpty)
    }

    private static func cells(_ line: Substring) -> [String] {
        line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
            var cell = $0.filter { $0 != "`" }
            if let mark = cell.firstIndex(of: "[") { cell = String(cell[..<mark]) }
            return cell.trimmingCharacters(in: .whitespaces)
        }
    }

    /// A cell by its row and the word above its column.
    func cell(_ row: [String], _ column: String) throws -> String {
        row[try #require(header.firstIndex(of: column), "no column \(column)")]
    }
}

/// The files of the source tree.
enum Repository {
    static func read(_ path: String) -> String? {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try? String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
