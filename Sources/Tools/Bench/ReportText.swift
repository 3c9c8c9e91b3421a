import Foundation

/// How reports are written down.
enum ReportText {
    /// A title and cells to its right, in columns.
    static func row(_ title: String, _ cells: [String]) -> String {
        let padded = cells.map { String(repeating: " ", count: max(1, 11 - $0.count)) + $0 }
        return title + String(repeating: " ", count: max(0, 20 - title.count)) + padded.joined()
    }

    /// A number with so many digits after the point.
    static func number(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    /// The lines on what is not as usual in what happened to messages; none: all is.
    static func asides(refusals: [String: Int], disconnects: Int, resends: Int) -> [String] {
        var lines: [String] = []
        if !refusals.isEmpty {
            let parts = refusals.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("refusals: \(parts.joined(separator: ", "))")
        }
        if disconnects > 0 || resends > 0 {
            lines.append("disconnects \(disconnects), resends \(resends)")
        }
        return lines
    }

    /// JSON with keys in a stable order.
    static func json(_ report: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try encoder.encode(report) + Data("\n".utf8)
    }
}
