/// What is wrong with the configuration of a cache; a cache in use has no errors.
public struct CacheError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure; equality of errors is equality of codes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable word for logs and metrics.
        public let description: String

        /// The URL is none of a cache.
        public static let invalidURL = Code(description: "cache_url_invalid")
        /// The URL asks for what this build can't do.
        public static let unsupported = Code(description: "cache_unsupported")
        /// The prefix is empty or too long.
        public static let invalidPrefix = Code(description: "cache_prefix_invalid")
    }

    /// The kind of failure.
    public let code: Code
    /// What is wrong, in words; never a part of a URL, which may have a password in it.
    public let message: String

    /// An error of its parts.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Never: it takes another configuration.
    public var isRetriable: Bool { false }
    /// The code, for metrics.
    public var shortDescription: String { code.description }
    /// Code and message.
    public var description: String { "\(code.description): \(message)" }

    /// Compares codes.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
