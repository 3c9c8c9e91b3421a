/// What went wrong with PostgreSQL.
public struct PostgresError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure; equality of errors is equality of codes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable word for logs and metrics.
        public let description: String

        /// No server answers, it is starting, stopping or a standby, the connection was lost, or it has run out of something (class 53).
        ///
        /// Nothing of the transaction has happened, or of the statement outside one it is not known.
        public static let unavailable = Code(description: "postgres_unavailable")
        /// The connection was lost while the answer to COMMIT was awaited: look what is there before doing it again.
        public static let commitUnknown = Code(description: "postgres_commit_unknown")
        /// The server does not let us in: password, database, privileges, TLS, version or encoding.
        public static let serverRefused = Code(description: "postgres_refused")
        /// Another transaction was in the way (40001, 40P01), or a table was changed meanwhile; the same again may succeed.
        public static let conflict = Code(description: "postgres_conflict")
        /// The server was told to give up the statement, or did so after its time-out (57014, 55P03).
        public static let cancelled = Code(description: "postgres_cancelled")
        /// A statement failed for another reason; `sqlState` says which.
        public static let statement = Code(description: "postgres_error")
        /// All connections of the pool were in use for too long.
        public static let poolExhausted = Code(description: "postgres_pool_exhausted")
        /// The connection or pool was closed by its owner.
        public static let closed = Code(description: "postgres_closed")
        /// Not a URL of a PostgreSQL database.
        public static let invalidURL = Code(description: "postgres_url_invalid")
        /// A text contains NUL, which PostgreSQL can't store in `text`.
        public static let invalidText = Code(description: "postgres_text_invalid")
    }

    /// A message is cut after so many characters.
    static let messageCharactersMax = 300

    /// The kind of failure.
    public let code: Code
    /// The server's five-character code, if it was the server that said no.
    public let sqlState: String?
    /// What happened, in words; never a parameter, a row's value or a password.
    public let message: String

    /// An error of its parts.
    public init(_ code: Code, _ message: String, sqlState: String? = nil) {
        self.code = code
        self.sqlState = sqlState
        self.message = String(message.prefix(Self.messageCharactersMax))
    }

    /// Whether doing the same again later may succeed, and can't do it twice.
    public var isRetriable: Bool {
        [.unavailable, .conflict, .cancelled, .poolExhausted].contains(code)
    }
    /// The code, for metrics.
    public var shortDescription: String { code.description }
    /// Code, SQLSTATE and message.
    public var description: String {
        "\(code.description)\(sqlState.map { " (\($0))" } ?? ""): \(message)"
    }

    /// Compares codes.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
