/// What went wrong with the stored log.
public struct SegmentLogError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure; equality of errors is equality of codes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable word for logs and metrics.
        public let description: String

        /// The file system refused: the disk is full, or worse.
        public static let storage = Code(description: "storage")
        /// What is stored contradicts itself in a way that no crash explains.
        public static let corrupt = Code(description: "corrupt")
        /// Another process uses the data folder.
        public static let locked = Code(description: "locked")
        /// The offset is not kept, or not written yet.
        public static let offsetOutOfRange = Code(description: "offset_out_of_range")
        /// The store is closed, or stopped for good.
        public static let closed = Code(description: "closed")
        /// The name is not one that a topic may have.
        public static let invalidName = Code(description: "invalid_name")
        /// There is a topic of that name.
        public static let topicExists = Code(description: "topic_exists")
        /// There is no topic of that name.
        public static let unknownTopic = Code(description: "unknown_topic")
        /// The number of partitions is out of range.
        public static let invalidPartitions = Code(description: "invalid_partitions")
        /// A topic's setting is unknown or has an impossible value.
        public static let invalidConfiguration = Code(description: "invalid_configuration")
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

    init(_ error: FileSystemError) {
        self.init(.storage, error.description)
    }

    /// Code and message.
    public var description: String { "\(code.description): \(message)" }

    /// Compares codes.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
