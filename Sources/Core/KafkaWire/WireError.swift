/// Why bytes are not what the Kafka protocol says they should be.
public struct WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable word for logs and metrics.
        public let description: String

        /// The bytes end in the middle of a value.
        public static let truncated = Code(description: "truncated")
        /// A length is negative or larger than what is left.
        public static let invalidLength = Code(description: "invalid_length")
        /// An array has more elements than a message may have.
        public static let tooManyElements = Code(description: "too_many_elements")
        /// A variable-length integer does not end.
        public static let invalidVarint = Code(description: "invalid_varint")
        /// A value that may not be null is.
        public static let unexpectedNull = Code(description: "unexpected_null")
        /// The version of the message is not one that this code knows.
        public static let unsupportedVersion = Code(description: "unsupported_version")
        /// The record batch is not version 2.
        public static let unsupportedMagic = Code(description: "unsupported_magic")
        /// The checksum does not match.
        public static let checksumMismatch = Code(description: "checksum_mismatch")
        /// The record batch contradicts itself.
        public static let invalidBatch = Code(description: "invalid_batch")
    }

    /// The kind of failure.
    public let code: Code

    /// An error of this kind.
    public init(_ code: Code) {
        self.code = code
    }

    /// The code.
    public var description: String { code.description }
}
