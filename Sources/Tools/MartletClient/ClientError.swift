/// Why a request or a connection failed.
///
/// Equal by code. Carries no message text, token or address.
public struct ClientError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, in a stable word: the server's problem code, or one of the statics.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The stable word.
        public let name: String

        /// A code of this name.
        public init(_ name: String) {
            self.name = name
        }

        /// The name.
        public var description: String { name }

        /// The server could not be reached, or the connection broke.
        public static let transport = Code("transport")
        /// No answer in time; what was asked for may have happened.
        public static let timeout = Code("timeout")
        /// The server answered something that the protocol does not know.
        public static let badResponse = Code("bad_response")
        /// Not an address that this client can use.
        public static let invalidURL = Code("invalid_url")
        /// Too many submissions wait for an answer.
        public static let outboxFull = Code("outbox_full")
        /// There is a file of that name, which is not written over.
        public static let fileExists = Code("file_exists")
        /// A file cannot be written: no such folder, no permission, no room.
        public static let fileUnwritable = Code("file_unwritable")
        /// The session was stopped.
        public static let stopped = Code("stopped")
        /// The server does not accept the tokens (a problem code of the server).
        public static let unauthenticated = Code("unauthenticated")
        /// This device does not belong to the account any more, for good (a problem code of the server).
        public static let deviceRemoved = Code("device_removed")
        /// The server's log cannot be reached (a problem code of the server).
        public static let logUnavailable = Code("log_unavailable")
        /// Slow down (a problem code of the server).
        public static let tooManyRequests = Code("too_many_requests")
    }

    /// What went wrong.
    public let code: Code
    /// The HTTP status, if there was an answer.
    public let status: Int?
    /// When the server says to try again.
    public let retryAfter: Duration?
    /// The same in words for a person.
    public let detail: String

    /// An error of its parts.
    public init(
        _ code: Code,
        _ detail: String = "",
        status: Int? = nil,
        retryAfter: Duration? = nil
    ) {
        self.code = code
        self.detail = detail
        self.status = status
        self.retryAfter = retryAfter
    }

    /// Whether the same request, sent again later, may succeed.
    ///
    /// A message is sent again with the same id, so that an unknown outcome resolves itself.
    public var isRetriable: Bool {
        switch code {
        case .transport, .timeout, .logUnavailable, .tooManyRequests: true
        default: (status ?? 0) >= 500
        }
    }

    /// Compares the codes alone.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }

    /// The code, the status and the words.
    public var description: String {
        var text = code.name
        if let status {
            text += " (\(status))"
        }
        return detail.isEmpty ? text : "\(text): \(detail)"
    }
}
