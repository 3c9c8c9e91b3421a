/// A server that a test needs could not be started.
public struct ServerError: Error, CustomStringConvertible {
    /// What was tried, and why it failed.
    public let description: String

    /// An error in words.
    public init(_ description: String) {
        self.description = description
    }
}
