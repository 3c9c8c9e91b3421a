/// What went wrong with the log.
public struct EventLogError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure; equality of errors is equality of codes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable word for logs and metrics.
        public let description: String

        /// No broker answers, or the delivery report did not come in time.
        ///
        /// The outcome may be unknown.
        public static let unavailable = Code(description: "log_unavailable")
        /// The producer's queue is full: nothing was taken.
        public static let queueFull = Code(description: "queue_full")
        /// The producer or consumer was closed.
        public static let closed = Code(description: "closed")
        /// The topic or partition does not exist.
        public static let unknownTopic = Code(description: "unknown_topic")
        /// The record is larger than the broker takes.
        public static let recordTooLarge = Code(description: "record_too_large")
        /// The configuration was refused.
        public static let invalidConfiguration = Code(description: "invalid_configuration")
        /// The log can no longer be used by this producer or consumer; start anew.
        public static let fatal = Code(description: "fatal")
        /// Anything else that the broker or the library said.
        public static let other = Code(description: "log_error")
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in words; never a record's content.
    public let message: String

    /// An error of its parts.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether doing the same again later may succeed.
    public var isRetriable: Bool { code == .unavailable || code == .queueFull }
    /// The code, for metrics.
    public var shortDescription: String { code.description }
    /// Code and message.
    public var description: String { "\(code.description): \(message)" }

    /// Compares codes.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
