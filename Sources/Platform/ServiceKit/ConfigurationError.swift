/// A configuration that a service can't start with.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, in one line, naming the setting.
    public let description: String

    /// An error that says this.
    public init(_ description: String) {
        self.description = description
    }
}
