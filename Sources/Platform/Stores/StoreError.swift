/// What went wrong with a store.
public struct StoreError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure; equality of errors is equality of codes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable word for logs and metrics.
        public let description: String

        /// There is no store there, or not yet.
        public static let missing = Code(description: "store_missing")
        /// The store was made by a newer version.
        public static let tooNew = Code(description: "store_too_new")
        /// Somebody else uses it.
        public static let inUse = Code(description: "store_in_use")
        /// The device that asks was removed from its account.
        public static let deviceRemoved = Code(description: "device_removed")
        /// The database said no: disk full, damaged file.
        public static let database = Code(description: "store_error")
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in words; never a row's content.
    public let message: String

    /// An error of its parts.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether doing the same again later may succeed.
    public var isRetriable: Bool { code == .missing || code == .inUse }
    /// The code, for metrics.
    public var shortDescription: String { code.description }
    /// Code and message.
    public var description: String { "\(code.description): \(message)" }

    /// Compares codes.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
