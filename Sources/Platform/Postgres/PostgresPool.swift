import Dispatch
import Synchronization

/// A few connections for threads that read: each call has one for itself, opened when it is needed and kept for the next.
///
/// A connection that broke is dropped, and one that the server has closed meanwhile is noticed before it is lent. While no server
/// answers, calls fail at once and only now and then does one try again. Has no thread of its own: connections that were idle for long are
/// closed when another comes back.
public final class PostgresPool: Sendable {
    private struct Idle {
        let connection: PostgresConnection
        let since: ContinuousClock.Instant
    }

    private struct State {
        /// The last used at the end.
        var idle: [Idle] = []
        var isClosed = false
        var failures = 0
        /// Before then nobody tries to connect, for this reason.
        var pause: (until: ContinuousClock.Instant, reason: PostgresError)?
    }

    private static let pauseMin = Duration.milliseconds(50)
    private static let pauseMax = Duration.seconds(1)

    /// Where its connections lead.
    public let url: PostgresURL
    private let waitMax: Duration
    private let idleMax: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let permits: DispatchSemaphore
    private let state = Mutex(State())

    /// A pool without connections yet.
    ///
    /// - Parameters:
    ///   - url: where they lead.
    ///   - size: how many there may be at a time.
    ///   - waitMax: how long a call waits for one while all are in use.
    ///   - idleMax: how long one is kept that nobody uses.
    ///   - now: the clock.
    public init(
        _ url: PostgresURL,
        size: Int,
        waitMax: Duration = .seconds(5),
        idleMax: Duration = .seconds(60),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.url = url
        self.waitMax = waitMax
        self.idleMax = idleMax
        self.now = now
        permits = DispatchSemaphore(value: size)
    }

    deinit {
        close()
    }

    /// Closes the connections, those that are in use when they come back.
    public func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for entry in idle { entry.connection.close() }
    }

    /// Lends a connection to `body`; blocks while all are in use.
    ///
    /// - Throws: what `body` throws; `PostgresError`: `poolExhausted` if none came free in time, `unavailable` or `serverRefused` if none could
    ///   be opened.
    public func withConnection<Value>(
        _ body: (PostgresConnection) throws -> Value
    ) throws -> Value {
        let nanoseconds = Int(clamping: Int64(waitMax / .nanoseconds(1)))
        guard permits.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success else {
            throw PostgresError(.poolExhausted, "all connections are in use")
        }
        defer { permits.signal() }
        let connection = try idleConnection() ?? openConnection()
        defer { takeBack(connection) }
        return try body(connection)
    }

    private func idleConnection() throws(PostgresError) -> PostgresConnection? {
        while true {
            let last = state.withLock { $0.isClosed ? nil : $0.idle.popLast() }
            guard let last else { return nil }
            if last.connection.session.isAlive() { return last.connection }
            last.connection.close()
        }
    }

    private func openConnection() throws(PostgresError) -> PostgresConnection {
        let now = now()
        let refusal: PostgresError? = state.withLock { state in
            if state.isClosed { return PostgresError(.closed, "the pool was closed") }
            guard let pause = state.pause, now < pause.until else { return nil }
            return pause.reason
        }
        if let refusal { throw refusal }
        do throws(PostgresError) {
            let connection = try PostgresConnection(url)
            state.withLock { state in
                state.failures = 0
                state.pause = nil
            }
            return connection
        } catch {
            let after = self.now()
            state.withLock { state in
                let pause = Self.pauseMin * (1 << min(state.failures, 10))
                state.failures += 1
                state.pause = (after + min(pause, Self.pauseMax), error)
            }
            throw error
        }
    }

    /// Keeps a connection for the next call, if it is fit for one, and closes those that nobody has used for long.
    private func takeBack(_ connection: PostgresConnection) {
        let now = now()
        let isFit = connection.session.isIdle
        let closing = state.withLock { state in
            var closing: [PostgresConnection] = []
            if isFit && !state.isClosed {
                state.idle.append(Idle(connection: connection, since: now))
            } else {
                closing.append(connection)
            }
            while let first = state.idle.first, first.since + idleMax < now {
                closing.append(first.connection)
                state.idle.removeFirst()
            }
            return closing
        }
        for connection in closing { connection.close() }
    }
}
