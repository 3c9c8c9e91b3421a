/// What went wrong with a blob store.
public struct BlobError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure; equality of errors is equality of codes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable word for logs and metrics.
        public let description: String

        /// There is no blob of that key.
        public static let notFound = Code(description: "blob_not_found")
        /// The store can't be reached, is too slow or overloaded, or the call was cancelled.
        public static let unavailable = Code(description: "blobs_unavailable")
        /// The store does not accept the credentials, or does not permit it.
        public static let refused = Code(description: "blobs_refused")
        /// What came is not what was asked for: too short, or a checksum is wrong.
        public static let damaged = Code(description: "blob_damaged")
        /// There is no room.
        public static let full = Code(description: "blobs_full")
        /// What was asked for can't be: a key, a range, a setting.
        public static let invalid = Code(description: "blob_invalid")

        /// An upload is gone, or was finished already; callers see `unavailable` instead.
        static let uploadLost = Code(description: "blob_upload_lost")
        /// The blob or all of the store is not there, and nobody says which; callers see another code instead.
        static let missing = Code(description: "blobs_missing")
    }

    /// The longest message, in characters.
    static let messageLengthMax = 300

    /// The kind of failure.
    public let code: Code
    /// What happened, in words; no credentials, no signed headers, nothing of a blob.
    public let message: String

    /// An error of its parts; a message that is too long is cut.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = String(message.prefix(Self.messageLengthMax))
    }

    /// Whether doing the same again later may succeed.
    public var isRetriable: Bool { [.unavailable, .damaged, .full].contains(code) }
    /// The code, for metrics.
    public var shortDescription: String { code.description }
    /// Code and message.
    public var description: String { "\(code.description): \(message)" }

    /// Compares codes.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
