import MartletClient
import NIOCore

/// Plays accounts on one event loop, each on a socket that is opened again when it closes.
///
/// Everything but `connectSockets` and `on` is called on `loop`.
protocol SocketWorker: AnyObject, Sendable {
    var loop: any EventLoop { get }
    /// How many accounts it plays.
    var sessionCount: Int { get }
    subscript(session number: Int) -> LoadSession { get set }
    /// Whether sockets that close stay closed.
    var isStopping: Bool { get }

    /// A frame came to a session.
    func received(_ frame: ServerFrame, _ session: Int, _ connection: SocketConnection)

    /// All frames that came together were received.
    func settle(_ session: Int)

    /// A socket was closed by somebody else.
    func noteDisconnect()
}

extension SocketWorker {
    /// Looks at the worker, or changes it, on its loop.
    func on<Value: Sendable>(
        _ body: @escaping @Sendable (Self) -> Value
    ) async throws -> Value {
        try await loop.submit { body(self) }.get()
    }

    /// Opens all sockets, some at a time; returns when every session is welcomed.
    func connectSockets(within patience: Duration) async throws {
        let count = try await on { $0.sessionCount }
        for first in stride(from: 0, to: count, by: 64) {
            let futures = try await on { worker in
                (first..<min(first + 64, count)).map { worker.open($0) }
            }
            for future in futures { try await future.get() }
        }
        let deadline = ContinuousClock.now + patience
        while try await on({ worker in
            (0..<worker.sessionCount).contains { !worker[session: $0].isReady }
        }) {
            guard ContinuousClock.now < deadline else {
                throw ClientError(.timeout, "not every session was welcomed")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func open(_ session: Int) -> EventLoopFuture<Void> {
        let handlers = SocketConnection.Handlers(
            onFrame: { connection, frame in self.received(frame, session, connection) },
            onClose: { _, _ in self.closed(session) },
            onReadComplete: { _ in self.settle(session) }
        )
        return SocketConnection.connect(
            to: self[session: session].socketURL,
            on: loop,
            handlers: handlers
        ).map { connection in
            self[session: session].connection = connection
            let known = self[session: session]
            connection.send(.hello(token: known.token, position: known.position))
        }
    }

    private func closed(_ session: Int) {
        self[session: session].connection = nil
        self[session: session].isReady = false
        guard !isStopping else { return }
        noteDisconnect()
        reopen(session)
    }

    private func reopen(_ session: Int) {
        loop.scheduleTask(in: .milliseconds(200)) {
            guard !self.isStopping else { return }
            self.open(session).whenFailure { _ in self.reopen(session) }
        }
    }
}
