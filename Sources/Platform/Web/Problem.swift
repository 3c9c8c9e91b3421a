/// A refusal that a client is told of: an RFC 9457 problem over HTTP, an `error` or `rejected` frame over WebSocket.
public struct Problem: Error, Equatable, Sendable {
    /// What is wrong, in a stable word, with the HTTP status that goes with it.
    public struct Code: Hashable, Sendable {
        /// The stable word: `invalid_recipient`.
        public let name: String
        /// The HTTP status.
        public let status: Int

        /// A code of its parts.
        public init(_ name: String, status: Int) {
            self.name = name
            self.status = status
        }
    }

    /// What is wrong.
    public let code: Code
    /// The same in words for a person; never the client's content.
    public let detail: String
    /// When to try again, if that may help.
    public let retryAfter: Duration?

    /// A problem of its parts.
    public init(_ code: Code, _ detail: String, retryAfter: Duration? = nil) {
        self.code = code
        self.detail = detail
        self.retryAfter = retryAfter
    }
}
