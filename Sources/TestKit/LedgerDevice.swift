public import Events
public import MartletClient
import NIOCore
import NIOPosix

/// A device that writes every frame into a ledger, stays connected, and submits messages on request.
///
/// `@unchecked Sendable`: all mutable state is touched on `loop` only.
public final class LedgerDevice: @unchecked Sendable {
    /// How it behaves.
    public struct Behaviour: Sendable {
        /// Acknowledges after so many events, or after `ackDelay`.
        public var ackEvents = 16
        /// How long an event waits for its acknowledgement at most.
        public var ackDelay: Duration = .milliseconds(30)
        /// Whether it says that what it received was read.
        public var reads = true
        /// After so long without anything from the server, pings included, it connects again.
        public var silenceMax: Duration = .seconds(60)

        /// Acknowledges and reads.
        public init() {}
    }

    /// Who it is in the ledger.
    public let key: Ledger.DeviceKey
    let http: MartletHTTP
    private let journal: any DeviceJournal
    private let behaviour: Behaviour
    private let loop: any EventLoop
    private var credentials: Credentials
    private var position: InboxPosition?
    private var connection: SocketConnection?
    private var isWelcome = false
    private var unacknowledged = 0
    private var ackTask: Scheduled<Void>?
    private var toRead: [ConversationID: UInt64] = [:]
    private var waiting: [SubmissionID: EventLoopPromise<Ledger.Outcome>] = [:]
    private var session: Task<Void, Never>?

    /// A device that does nothing before `start()`.
    public init(
        _ key: Ledger.DeviceKey,
        credentials: Credentials,
        http: MartletHTTP,
        ledger: any DeviceJournal,
        behaviour: Behaviour = Behaviour(),
        position: InboxPosition? = nil
    ) {
        self.key = key
        self.credentials = credentials
        self.http = http
        journal = ledger
        self.behaviour = behaviour
        self.position = position
        loop = MultiThreadedEventLoopGroup.singleton.next()
    }

    /// Connects, and stays connected until `stop()`.
    public func start() {
        session = Task { await self.stayConnected() }
    }

    /// Disconnects.
    public func stop() async {
        session?.cancel()
        await session?.value
        session = nil
    }

    /// Waits until the server has said welcome.
    public func waitUntilWelcome(within limit: Duration = .seconds(60)) async throws {
        try await wait(for: "\(key) to be welcome", within: limit) { await self.isConnected }
    }

    /// Whether it is connected.
    public var isConnected: Bool {
        get async { (try? await loop.submit { self.isWelcome }.get()) ?? false }
    }

    /// Breaks the connection without a word.
    public func breakConnection() {
        loop.execute { self.connection?.abort() }
    }

    /// Submits over the socket; `.unknown` when no answer came.
    public func submit(
        _ message: OutgoingMessage,
        timeout: Duration = .seconds(5)
    ) async
        -> Ledger.Outcome
    {
        let answer: EventLoopFuture<Ledger.Outcome> = loop.flatSubmit {
            guard let connection = self.connection, self.isWelcome else {
                return self.loop.makeSucceededFuture(.unknown)
            }
            let promise = self.loop.makePromise(of: Ledger.Outcome.self)
            self.waiting[message.id]?.succeed(.unknown)
            self.waiting[message.id] = promise
            connection.send(.submit(message))
            self.loop.scheduleTask(in: .milliseconds(timeout.milliseconds)) {
                self.answer(message.id, .unknown)
            }
            return promise.futureResult
        }
        return (try? await answer.get()) ?? .unknown
    }

    /// The tokens it uses now.
    public var currentCredentials: Credentials {
        get async { (try? await loop.submit { self.credentials }.get()) ?? credentials }
    }

    // MARK: Connecting

    private func stayConnected() async {
        while !Task.isCancelled {
            do {
                let token = try await loop.submit { self.credentials.accessToken }.get()
                let url = try await http.connect(token: token)
                try await connectOnce(url)
            } catch let error as ClientError where error.code == .unauthenticated {
                await refreshTokens()
            } catch {}
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Gets new tokens.
    public func refreshTokens() async {
        guard let new = try? await http.refresh(await currentCredentials) else { return }
        loop.execute { self.credentials = new }
    }

    /// Returns when the connection has ended.
    private func connectOnce(_ url: String) async throws {
        let ended = loop.makePromise(of: Void.self)
        let handlers = SocketConnection.Handlers(
            onFrame: { connection, frame in self.received(frame, on: connection) },
            onClose: { connection, closure in
                self.closed(connection, closure.code)
                ended.succeed(())
            }
        )
        let connecting = SocketConnection.connect(to: url, on: loop, handlers: handlers)
        connecting.whenComplete { result in
            switch result {
            case .success(let connection):
                self.connection = connection
                self.watch(connection)
                connection.send(
                    .hello(token: self.credentials.accessToken, position: self.position)
                )
            case .failure(let error): ended.fail(error)
            }
        }
        try await withTaskCancellationHandler {
            try await ended.futureResult.get()
        } onCancel: {
            connecting.whenSuccess { $0.close() }
        }
    }

    /// Breaks a connection that has been silent for too long: a server that stands still says no goodbye.
    private func watch(_ connection: SocketConnection) {
        let silenceMax = TimeAmount.milliseconds(behaviour.silenceMax.milliseconds)
        loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { task in
            guard self.connection === connection else { return task.cancel() }
            if .now() - connection.lastReceived > silenceMax { connection.abort() }
        }
    }

    private func closed(_ connection: SocketConnection, _ code: UInt16?) {
        guard self.connection === connection else { return }
        self.connection = nil
        isWelcome = false
        unacknowledged = 0
        for id in Array(waiting.keys) { answer(id, .unknown) }
        if code == 4501 { Task { await self.refreshTokens() } }
    }

    // MARK: Frames

    private func received(_ frame: ServerFrame, on connection: SocketConnection) {
        switch frame {
        case .welcome(_, _, let position):
            isWelcome = true
            if self.position == nil { self.position = position }
            let start = self.position ?? position
            journal.opened(key, at: start)
        case .event(let position, let event):
            received(event, at: position)
        case .gap(let position):
            self.position = position
            journal.gap(key, goingOnAt: position)
        case .accepted(let accepted):
            answer(accepted.messageID, .acknowledged(accepted.conversationID))
        case .rejected(let id, let code, _):
            // The log is away or has no room: nothing is settled.
            let isTransient = code == "log_unavailable" || code == "too_many_requests"
            answer(id, isTransient ? .unknown : .refused(code))
        case .signal, .error, .other:
            break
        }
    }

    private func received(_ event: ServerEvent, at position: InboxPosition) {
        if journal.received(key, position, event) {
            self.position = position
            if behaviour.reads, case .message(let message) = event, message.sender != key.account {
                toRead[message.conversationID] = message.seq
            }
        }
        unacknowledged += 1
        if unacknowledged >= behaviour.ackEvents {
            acknowledge()
        } else if ackTask == nil {
            ackTask = loop.scheduleTask(in: .milliseconds(behaviour.ackDelay.milliseconds)) {
                self.acknowledge()
            }
        }
    }

    private func acknowledge() {
        ackTask?.cancel()
        ackTask = nil
        unacknowledged = 0
        guard let connection, isWelcome, let position else { return }
        connection.send(.ack(position))
        for (conversation, seq) in toRead { connection.send(.read(conversation, seq: seq)) }
        toRead = [:]
    }

    private func answer(_ id: SubmissionID, _ outcome: Ledger.Outcome) {
        waiting.removeValue(forKey: id)?.succeed(outcome)
    }
}
