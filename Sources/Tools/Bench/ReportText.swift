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

    /// JSON with keys in a stable order.
    static func json(_ report: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try encoder.encode(report) + Data("\n".utf8)
    }
}
