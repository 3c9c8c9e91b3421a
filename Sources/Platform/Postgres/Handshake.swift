import CPostgres
import Foundation

/// Opens libpq connections.
enum Handshake {
    /// The oldest server that the schema works with.
    private static let serverVersionMin: Int32 = 150_000

    /// Opens a connection; blocks at most for the URL's `connect_timeout`, all hosts together.
    ///
    /// libpq's own blocking call would hide the SQLSTATE of a refusal, hence its steps are taken here.
    static func open(_ url: PostgresURL) throws(PostgresError) -> OpaquePointer {
        guard let handle = start(url) else {
            throw PostgresError(.unavailable, "out of memory")
        }
        do throws(PostgresError) {
            PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
            PQsetNoticeReceiver(handle, { _, _ in }, nil)
            try complete(handle, within: url.connectTimeout)
            try check(handle)
            PQsetErrorVerbosity(handle, PQERRORS_TERSE)
            guard PQsetnonblocking(handle, 1) == 0 else { throw failure(of: handle) }
        } catch {
            PQfinish(handle)
            throw error
        }
        return handle
    }

    private static func start(_ url: PostgresURL) -> OpaquePointer? {
        let names: [UnsafeMutablePointer<CChar>?] = url.parameters.keys.map { strdup($0) }
        let values: [UnsafeMutablePointer<CChar>?] = url.parameters.values.map { strdup($0) }
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
                throw PostgresError(.unavailable, "the server does not answer")
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
