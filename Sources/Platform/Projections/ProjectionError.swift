/// Why a projection can't go on; its process stops and starts again from the checkpoint.
public struct ProjectionError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure; equality of errors is equality of codes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable word for logs and metrics.
        public let description: String

        /// The database refused: the disk is full, the file is damaged, another process holds it.
        public static let storage = Code(description: "projection_storage")
        /// The input ends before the checkpoint: it was made anew, or lost acknowledged records.
        public static let inputReplaced = Code(description: "input_replaced")
        /// Retention took input records that were not read yet.
        public static let inputTrimmed = Code(description: "input_trimmed")
        /// Topics that must share one partition count don't.
        public static let partitionCounts = Code(description: "partition_counts_differ")
        /// An earlier failure: this engine does nothing more.
        public static let failed = Code(description: "projection_failed")
    }

    /// The kind of failure.
    public let code: Code
    /// What happened and what to do about it.
    public let message: String

    /// An error of its parts.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Starting again from the checkpoint may succeed.
    public var isRetriable: Bool { code == .storage || code == .inputTrimmed }
    /// The code, for metrics.
    public var shortDescription: String { code.description }
    /// Code and message.
    public var description: String { "\(code): \(message)" }

    /// Compares codes.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
