/// The harness could not do what a test asked for.
public struct HarnessError: Error, CustomStringConvertible {
    /// What, and why.
    public let description: String

    /// An error in words.
    public init(_ description: String) {
        self.description = description
    }
}
