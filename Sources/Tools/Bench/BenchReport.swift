import Foundation

/// What a load found: for people, for programs, and whether all was as it must be.
protocol BenchReport: Encodable {
    /// Whether nothing is missing, wrong, or dearer than it may be; decides the exit code.
    var isExact: Bool { get }

    /// The report as a person reads it.
    func table() -> String
}

extension BenchReport {
    /// The report as JSON, with keys in a stable order.
    func json() throws -> Data { try ReportText.json(self) }
}
