import CPostgres
import Foundation

/// Opens libpq connections.
enum Handshake {
    /// The oldest server that the schema works with.
    private static let serverVersionMin: Int32 = 150_000

    /// Opens a connection to the first host of a URL that will do; blocks at most for its `connect_timeout` for each.
    ///
    /// A host that says no has the last word, as libpq has it: only one that is away, or not of the wanted kind, is passed over.
    static func open(_ url: PostgresURL) throws(PostgresError) -> OpaquePointer {
        var failures: [PostgresError] = []
        for parameters in url.attempts {
            do throws(PostgresError) {
                return try open(parameters, within: url.connectTimeout)
            } catch {
                failures.append(error)
                if error.code != .unavailable { break }
            }
        }
        guard let last = failures.last, failures.count > 1 else {
            throw failures.first ?? PostgresError(.unavailable, "no host")
        }
        // Those that are away may come back.
        let message = failures.map(\.message).joined(separator: "; ")
        throw PostgresError(.unavailable, message, sqlState: last.sqlState)
    }

    /// Opens a connection to one host.
    ///
    /// libpq's own blocking call would hide the SQLSTATE of a refusal, hence its steps are taken here.
    private static func open(
        _ parameters: [String: String],
        within timeout: Duration?
    ) throws(PostgresError) -> OpaquePointer {
        guard let handle = start(parameters) else {
            throw PostgresError(.unavailable, "out of memory")
        }
        do throws(PostgresError) {
            PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
            PQsetNoticeReceiver(handle, { _, _ in }, nil)
            try complete(handle, within: timeout)
            try check(handle)
            PQsetErrorVerbosity(handle, PQERRORS_TERSE)
            guard PQsetnonblocking(handle, 1) == 0 else { throw failure(of: handle) }
        } catch {
            PQfinish(handle)
            throw error
        }
        return handle
    }

    private static func start(_ parameters: [String: String]) -> OpaquePointer? {
        let names: [UnsafeMutablePointer<CChar>?] = parameters.keys.map { strdup($0) }
        let values: [UnsafeMutablePointer<CChar>?] = parameters.values.map { strdup($0) }
        defer { for text in names + values { free(text) } }
        return PQconnectStartParams(
            names.map { UnsafePointer($0) } + [nil],
            values.map { UnsafePointer($0) } + [nil],
            0
        )
    }

    private static func complete(
        _ handle: OpaquePointer,
        within timeout: Duration?
    ) throws(PostgresError) {
        guard PQstatus(handle) != CONNECTION_BAD else { throw failure(of: handle) }
        let deadline = timeout.map { ContinuousClock.now + $0 }
        var step = PGRES_POLLING_WRITING
        while step != PGRES_POLLING_OK {
            let events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT
            var entry = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
            let ready = poll(&entry, 1, milliseconds(until: deadline))
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0 else {
                let host = PQhost(handle).map { String(cString: $0) } ?? ""
                throw PostgresError(.unavailable, "the server at \"\(host)\" does not answer")
            }
            step = PQconnectPoll(handle)
            guard step != PGRES_POLLING_FAILED else { throw failure(of: handle) }
        }
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let left = max(deadline - ContinuousClock.now, .zero) / .milliseconds(1)
        return Int32(min(left.rounded(.up), 1_000_000))
    }

    private static func check(_ handle: OpaquePointer) throws(PostgresError) {
        guard PQserverVersion(handle) >= serverVersionMin else {
            let message = "the server is older than PostgreSQL \(serverVersionMin / 10_000)"
            throw PostgresError(.serverRefused, message)
        }
        let encoding = PQparameterStatus(handle, "server_encoding").map { String(cString: $0) }
        guard encoding == "UTF8" else {
            let message = "the database's encoding is \(encoding ?? "unknown") and not UTF8"
            throw PostgresError(.serverRefused, message)
        }
    }

    private static func failure(of handle: OpaquePointer) -> PostgresError {
        PostgresError(opening: PQerrorMessage(handle).map { String(cString: $0) } ?? "")
    }
}
