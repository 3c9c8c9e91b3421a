import CPostgres
import Foundation

/// Owns a libpq connection and keeps account of what was sent and not yet answered.
///
/// The socket does not block: with both sides waiting to be rid of what they wrote, nothing would ever move. `flush` writes and reads in
/// turn.
final class Session {
    /// So much is queued before the socket is looked after.
    private static let queuedBytesMax = 64 * 1024

    /// Whether `PostgresConnection.transaction` is running.
    var isInTransaction = false
    private var handle: OpaquePointer?
    /// Why there is no handle.
    private var end = PostgresError(.closed, "the connection was closed")

    // Commands are numbered in the order they are sent and answered.
    private var sent = 0
    private var answered = 0
    private var queuedBytes = 0
    /// Whether something was sent since the server was last asked to answer (Sync).
    private(set) var isAhead = false
    private var syncs = 0
    /// The first failure among queued commands, which nobody has heard of yet.
    private var failure: PostgresError?
    private var commandFailed = false
    private var preparing: [(command: Int, statement: PostgresStatement, name: String)] = []
    /// Names of statements on the server that nobody will use again.
    private var retired: [String] = []
    /// The last of the commands that only tidy up: what they fail with concerns nobody.
    private var lastTidying = 0
    private var names = 0
    /// Raised when what was prepared before is of no use any more, or gone.
    private(set) var generation = 0
    private var forgetsAll = false
    /// The command whose result is wanted, and that result.
    private var wanted = 0
    private var result: PostgresRows?

    init(_ url: PostgresURL) throws(PostgresError) {
        handle = try Handshake.open(url)
    }

    deinit {
        PQfinish(handle)
    }

    var isOpen: Bool { handle != nil }

    func close() {
        PQfinish(handle)
        handle = nil
        preparing = []
        retired = []
    }

    /// The libpq connection.
    ///
    /// - Throws: what ended it.
    func open() throws(PostgresError) -> OpaquePointer {
        guard let handle else { throw end }
        return handle
    }

    /// The connection is of no use any more; gives the error to throw.
    func lose() -> PostgresError {
        if let failure, failure.code == .unavailable {
            end = failure
        } else {
            end = PostgresError(.unavailable, "the connection to the server was lost")
        }
        failure = nil
        close()
        return end
    }

    /// The statement of that name will not be used again; the server is told when there is an occasion.
    func retire(_ name: String, generation: Int) {
        if handle != nil, generation == self.generation { retired.append(name) }
    }

    /// Whether the server is known to be idle: no transaction, nothing under way.
    var isIdle: Bool {
        guard let handle else { return false }
        return !isAhead && failure == nil && PQtransactionStatus(handle) == PQTRANS_IDLE
    }

    /// Whether the connection, unused for a while, is still there, as far as this side of it knows.
    func isAlive() -> Bool {
        guard let handle else { return false }
        var entry = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        // An idle server says nothing, unless it says good-bye.
        while poll(&entry, 1, 0) > 0 {
            guard PQconsumeInput(handle) == 1, PQisBusy(handle) == 0 else {
                _ = lose()
                return false
            }
        }
        return PQstatus(handle) == CONNECTION_OK
    }
}

// MARK: Pipeline

extension Session {
    /// Queues an execution.
    func enqueue(_ statement: PostgresStatement) throws(PostgresError) {
        // Elsewhere all that is sent between two answers would be a transaction without anybody's wanting it.
        precondition(isInTransaction, "a statement is queued outside a transaction")
        try throwFailure()
        try send(statement)
        guard queuedBytes >= Self.queuedBytesMax else { return }
        queuedBytes = 0
        try flush()
        try readWhatIsThere()
    }

    /// Executes a statement and waits for its result.
    func result(of statement: PostgresStatement) throws(PostgresError) -> PostgresRows {
        try send(statement)
        wanted = sent
        defer { result = nil }
        try synchronise()
        guard let result else { throw lose() }
        return result
    }

    /// Waits until the server has done all that was sent.
    ///
    /// - Throws: the first failure among that.
    func synchronise() throws(PostgresError) {
        let handle = try open()
        guard isAhead else { return }
        guard PQpipelineSync(handle) == 1 else { throw lose() }
        syncs += 1
        try flush()
        while syncs > 0 { try readNext() }
        isAhead = false
        queuedBytes = 0
        guard let failure else { return }
        self.failure = nil
        throw failure
    }

    /// Waits, if something is known to have failed, for the rest, and throws the failure.
    func throwFailure() throws(PostgresError) {
        if failure != nil { try synchronise() }
    }

    /// Writes all that was sent to the socket, and reads meanwhile, lest the server wait for us to read.
    func flush() throws(PostgresError) {
        let handle = try open()
        while true {
            switch PQflush(handle) {
            case 0: return
            case 1: break
            default: throw lose()
            }
            let events = Int16(POLLIN | POLLOUT)
            var entry = pollfd(fd: PQsocket(handle), events: events, revents: 0)
            guard poll(&entry, 1, -1) > 0 else {
                guard errno == EINTR else { throw lose() }
                continue
            }
            if entry.revents & ~Int16(POLLOUT) != 0 { try readWhatIsThere() }
        }
    }

    /// Leaves pipeline mode, in which the server takes neither scripts nor COPY.
    func leavePipeline() throws(PostgresError) -> OpaquePointer {
        try synchronise()
        let handle = try open()
        guard PQexitPipelineMode(handle) == 1 else { throw lose() }
        return handle
    }

    private func send(_ statement: PostgresStatement) throws(PostgresError) {
        let handle = try open()
        if PQpipelineStatus(handle) == PQ_PIPELINE_OFF {
            guard PQenterPipelineMode(handle) == 1 else { throw lose() }
        }
        if forgetsAll || !retired.isEmpty, isIdle { try sendRetired(handle) }
        if !statement.isPrepared() {
            names += 1
            let name = "s\(names)"
            guard statement.sendPrepare(handle, name: name) else { throw lose() }
            sent += 1
            preparing.append((sent, statement, name))
        }
        guard let bytes = statement.sendExecution(handle) else { throw lose() }
        sent += 1
        isAhead = true
        queuedBytes += bytes
    }

    private func sendRetired(_ handle: OpaquePointer) throws(PostgresError) {
        if forgetsAll { generation += 1 }
        for name in forgetsAll ? ["ALL"] : retired {
            let sql = "DEALLOCATE \(name)"
            guard PQsendQueryParams(handle, sql, 0, nil, nil, nil, nil, 1) == 1 else {
                throw lose()
            }
            sent += 1
        }
        lastTidying = sent
        retired = []
        forgetsAll = false
        isAhead = true
        // What follows must not be in one transaction with it: one that has begun can't become a snapshot (25001).
        guard PQpipelineSync(handle) == 1 else { throw lose() }
        syncs += 1
    }

    /// Reads the answers that have arrived.
    private func readWhatIsThere() throws(PostgresError) {
        let handle = try open()
        guard PQconsumeInput(handle) == 1 else { throw lose() }
        while answered < sent, PQisBusy(handle) == 0 { try readNext() }
    }

    /// Reads one part of an answer, waiting for it if need be.
    private func readNext() throws(PostgresError) {
        let handle = try open()
        guard let next = PQgetResult(handle) else {
            guard PQstatus(handle) == CONNECTION_OK, answered < sent else { throw lose() }
            commandEnded()
            return
        }
        switch PQresultStatus(next) {
        case PGRES_PIPELINE_SYNC:
            syncs -= 1
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            if answered + 1 == wanted {
                result = PostgresRows(next)
                return
            }
        case PGRES_PIPELINE_ABORTED:
            commandFailed = true
        default:
            commandFailed = true
            let error = PostgresError(result: next)
            if error.isStalePlan {
                generation += 1
                forgetsAll = true
            }
            if answered >= lastTidying { failure = failure ?? error }
        }
        PQclear(next)
        guard PQstatus(handle) == CONNECTION_OK else { throw lose() }
    }

    private func commandEnded() {
        answered += 1
        if let first = preparing.first, first.command == answered {
            if commandFailed {
                first.statement.notPrepared(first.name)
                retired.removeAll { $0 == first.name }
            }
            preparing.removeFirst()
        }
        commandFailed = false
    }
}
