/// A numbered step of a database's tables.
public struct Migration: Sendable {
    /// Unique and never changed, such as `1-conversations`.
    public let identifier: String
    /// The statements, separated by semicolons.
    public let sql: String

    /// A migration of its parts.
    public init(_ identifier: String, sql: String) {
        self.identifier = identifier
        self.sql = sql
    }
}
