/// A record that can't be processed, now or ever.
public struct PoisonRecord: Error, Sendable, CustomStringConvertible {
    /// Stable, such as `undecodable`.
    public let code: String
    /// What is wrong; never a message's text.
    public let detail: String

    /// A poison of its parts.
    public init(code: String, detail: String) {
        self.code = code
        self.detail = detail
    }

    /// Code and detail.
    public var description: String { "\(code): \(detail)" }
}
