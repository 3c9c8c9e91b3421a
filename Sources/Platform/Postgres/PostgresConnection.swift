import CPostgres

/// A connection to a PostgreSQL database, for one thread at a time; every call blocks until it is done.
///
/// A connection that was lost stays so and says `unavailable` to everything; open another.
///
/// Nothing in it is guarded: whoever holds it hands it over whole, as the pool does under its lock, so that the uses of two threads are
/// ordered.
public final class PostgresConnection: @unchecked Sendable {
    // Sendable: one thread at a time, see above.

    /// So many statements stay prepared; the longest unused makes room for a new one.
    public static let statementsMax = 256

    /// Where it leads.
    public let url: PostgresURL
    let session: Session
    private var statements: [String: (statement: PostgresStatement, used: Int)] = [:]
    private var uses = 0

    /// Opens a connection; blocks at most for the URL's `connect_timeout`, by default 5 seconds, for each of its hosts.
    ///
    /// - Throws: `PostgresError`: `unavailable` if it may help to try again, else `serverRefused`.
    public init(_ url: PostgresURL) throws(PostgresError) {
        self.url = url
        session = try Session(url)
    }

    deinit {
        close()
    }

    /// Whether it was neither closed nor found to be lost.
    public var isOpen: Bool { session.isOpen }

    /// Whether TLS protects it.
    public var isEncrypted: Bool {
        guard let handle = try? session.open() else { return false }
        return PQsslInUse(handle) != 0
    }

    /// Closes it; what was queued and not committed is lost, and locks are released.
    public func close() {
        statements = [:]
        session.close()
    }

    /// The statement of that text; the same text gives the same statement, prepared once.
    public func statement(_ sql: String) -> PostgresStatement {
        uses += 1
        if let index = statements.index(forKey: sql) {
            statements.values[index].used = uses
            return statements.values[index].statement
        }
        if statements.count >= Self.statementsMax,
            let oldest = statements.min(by: { $0.value.used < $1.value.used })
        {
            statements[oldest.key] = nil
        }
        let statement = PostgresStatement(sql, session)
        statements[sql] = (statement, uses)
        return statement
    }

    /// Executes a script: statements without parameters, separated by semicolons, whose results nobody needs.
    ///
    /// Outside `transaction` the server takes a script as one transaction.
    ///
    /// - Throws: `PostgresError` of the first statement that failed, or of one that was queued before.
    public func execute(_ script: String) throws(PostgresError) {
        let handle = try session.leavePipeline()
        guard let result = PQexec(handle, script) else { throw session.lose() }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
        case PGRES_FATAL_ERROR:
            guard PQstatus(handle) == CONNECTION_OK else { throw session.lose() }
            throw PostgresError(result: result)
        default:
            // A COPY that nobody would serve.
            throw session.lose()
        }
    }

    /// Waits until the server has done all that was queued.
    ///
    /// - Throws: `PostgresError` of the first queued statement that failed.
    public func flush() throws(PostgresError) { try session.synchronise() }

    /// Takes a lock that one session at a time can have, by which processes agree who writes; it goes with the connection.
    ///
    /// - Parameter key: the lock's number, for this database.
    /// - Returns: `false` if another session has it.
    /// - Throws: `PostgresError`.
    public func tryLock(_ key: Int64) throws(PostgresError) -> Bool {
        let lock = statement("SELECT pg_try_advisory_lock($1)")
        lock.bind(1, key)
        return try lock.rows().bool(0, 0) ?? false
    }

    /// What `watchClient` sets, in seconds and milliseconds.
    private static let clientChecks = [
        "tcp_keepalives_idle = 20", "tcp_keepalives_interval = 10", "tcp_keepalives_count = 3",
        "tcp_user_timeout = 30000", "client_connection_check_interval = 10000",
    ]

    /// Has the server notice within a minute that this side is gone without a word, and release its locks.
    ///
    /// By default it takes hours, in which the lock of a lost connection can't be taken by the next one. A server that can't do one of these checks
    /// does without.
    public func watchClient() throws(PostgresError) {
        for setting in Self.clientChecks {
            do throws(PostgresError) {
                try execute("SET \(setting)")
            } catch {
                guard isOpen else { throw error }
            }
        }
    }

    /// Releases a lock of `tryLock`.
    public func unlock(_ key: Int64) throws(PostgresError) {
        let unlock = statement("SELECT pg_advisory_unlock($1)")
        unlock.bind(1, key)
        try unlock.run()
    }
}
