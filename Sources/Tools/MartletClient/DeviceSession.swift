public import Events
public import NIOCore
import NIOPosix
import Synchronization

/// A device that stays connected, gets every event once and in order, and submits until it is answered.
///
/// Lives on one event loop; its methods may be called from any thread. What happens comes out of `changes`, or of the
/// configuration's `onChange`. It must be stopped: until then it keeps itself alive.
///
/// `@unchecked Sendable`: `machine` and `connection` are touched on `eventLoop` only.
public final class DeviceSession: @unchecked Sendable {
    /// The loop that the session lives on.
    public let eventLoop: any EventLoop
    /// What happens, in order, when the configuration has no `onChange`.
    public var changes: SessionChanges { SessionChanges(buffer: buffer) }

    private let http: MartletHTTP
    private let configuration: Configuration
    private let buffer: ChangeBuffer
    private let onHandledBox: HandledBox
    private var machine: SessionMachine
    private var connection: SocketConnection?
    private var ticker: RepeatedTask?

    /// Breaks the circle of a session that is made with its own callback.
    private final class HandledBox: Sendable {
        private let session = Mutex<DeviceSession?>(nil)

        func set(_ value: DeviceSession?) {
            session.withLock { $0 = value }
        }

        func report(_ position: InboxPosition, count: Int) {
            session.withLock { $0 }?.handled(position, count: count)
        }
    }

    /// A session that does nothing until it is started.
    public init(http: MartletHTTP, configuration: Configuration) {
        self.http = http
        self.configuration = configuration
        eventLoop = configuration.eventLoop ?? MultiThreadedEventLoopGroup.singleton.next()
        machine = SessionMachine(configuration)
        let box = HandledBox()
        onHandledBox = box
        buffer = ChangeBuffer(
            eventsMax: configuration.eventsWaitingMax,
            reportEvery: configuration.ackEventsMax
        ) { box.report($0, count: $1) }
    }

    // MARK: Use

    /// Starts to connect; does nothing when it was started before.
    public func start() {
        eventLoop.execute {
            guard self.ticker == nil else { return }
            self.onHandledBox.set(self)
            self.ticker = self.eventLoop.scheduleRepeatedTask(
                initialDelay: .seconds(1),
                delay: .seconds(1)
            ) { _ in
                let lastReceived = self.connection?.lastReceived ?? .now()
                self.perform(self.machine.tick(lastReceived: lastReceived, now: .now()))
            }
            self.perform(self.machine.start(now: .now()))
        }
    }

    /// Submits a message; the answer comes as a `submission` change.
    ///
    /// It is sent as soon as there is a connection, again with the same id whenever the answer is unknown, and stays
    /// behind those submitted before. When the outbox is full the answer is `rejected` with the code `outbox_full`.
    public func submit(_ message: OutgoingMessage) {
        eventLoop.execute {
            self.perform(self.machine.submit(message, now: .now()))
        }
    }

    /// Says that the person has seen everything up to here.
    public func read(_ conversation: ConversationID, upTo seq: UInt64) {
        eventLoop.execute {
            self.perform(self.machine.read(conversation, seq: seq))
        }
    }

    /// Says what the person does in a conversation.
    ///
    /// To be said again every few seconds while it lasts (`Signal.activityLifetime`); without a connection it is not said at all.
    public func doing(_ activity: Activity, in conversation: ConversationID) {
        eventLoop.execute {
            self.perform(self.machine.doing(activity, in: conversation))
        }
    }

    /// Asks to be told of the presence of these accounts, in the place of those asked for before; again after each reconnect.
    ///
    /// Of more than `Limits.watchedAccountsMax` the first.
    public func watch(_ accounts: [AccountID]) {
        eventLoop.execute {
            self.perform(self.machine.watch(accounts))
        }
    }

    /// Says that everything up to here has been handled.
    ///
    /// Reading on in `changes` says it too; this is for an owner that stops reading.
    public func handled(upTo position: InboxPosition) {
        handled(position, count: 1)
    }

    /// Breaks the connection without a word, as a network does; the session reconnects.
    public func breakConnection() {
        eventLoop.execute {
            self.connection?.abort()
        }
    }

    /// Ends the session: acknowledges what was handled, closes, and lets `changes` end.
    public func stop() async {
        let isDone = eventLoop.submit {
            self.perform(self.machine.stop(now: .now()))
        }
        try? await isDone.get()
    }

    /// What the session has counted.
    public func statistics() async -> Statistics {
        let statistics = eventLoop.submit { self.machine.statistics }
        return (try? await statistics.get()) ?? Statistics()
    }

    /// The present tokens.
    public func credentials() async -> Credentials {
        let credentials = eventLoop.submit { self.machine.credentials }
        return (try? await credentials.get()) ?? configuration.credentials
    }

    // MARK: Acting

    private func handled(_ position: InboxPosition, count: Int) {
        eventLoop.execute {
            self.perform(self.machine.handled(position, count: count))
        }
    }

    private func perform(_ actions: [SessionMachine.Action]) {
        for action in actions {
            perform(action)
        }
    }

    private func perform(_ action: SessionMachine.Action) {
        switch action {
        case .locate:
            locate()
        case .refresh(let credentials):
            refresh(credentials)
        case .open(let url):
            open(url)
        case .wait(let delay):
            schedule(delay) { $0.machine.waitEnded(now: .now()) }
        case .hold(let delay):
            schedule(delay) { $0.machine.holdEnded(now: .now()) }
        case .scheduleAck(let delay, let isLate):
            schedule(delay) { $0.machine.ackDue(isLate: isLate) }
        case .savePosition(let position):
            configuration.savePosition?(position)
        case .saveCredentials(let credentials):
            configuration.saveCredentials?(credentials)
        case .send(let frames):
            connection?.send(frames)
        case .close:
            connection?.close()
        case .abort:
            connection?.abort()
        case .emit(let change, let position):
            emit(change, handling: position)
        }
    }

    private func schedule(
        _ delay: Duration,
        _ step: @escaping @Sendable (DeviceSession) -> [SessionMachine.Action]
    ) {
        eventLoop.scheduleTask(in: TimeAmount(delay)) {
            self.perform(step(self))
        }
    }

    private func emit(_ change: Change, handling position: InboxPosition?) {
        if case .stopped = change {
            ticker?.cancel()
            connection?.close()
            connection = nil
            onHandledBox.set(nil)
        }
        guard let onChange = configuration.onChange else {
            buffer.put(change, handling: position)
            return
        }
        onChange(change)
        if let position {
            perform(machine.handled(position))
        }
    }

    private func locate() {
        let token = machine.credentials.accessToken
        Task {
            let result: Result<String, ClientError>
            do throws(ClientError) {
                result = .success(try await http.connect(token: token))
            } catch {
                result = .failure(error)
            }
            eventLoop.execute {
                self.perform(self.machine.located(result, now: .now()))
            }
        }
    }

    private func refresh(_ credentials: Credentials) {
        Task {
            let result: Result<Credentials, ClientError>
            do throws(ClientError) {
                result = .success(try await http.refresh(credentials))
            } catch {
                result = .failure(error)
            }
            eventLoop.execute {
                self.perform(self.machine.refreshed(result, now: .now()))
            }
        }
    }

    private func open(_ url: String) {
        let handlers = SocketConnection.Handlers(
            onFrame: { connection, frame in self.received(frame, on: connection) },
            onClose: { connection, closure in
                guard connection === self.connection else { return }
                self.connection = nil
                self.perform(self.machine.closed(code: closure.code, now: .now()))
            }
        )
        SocketConnection.connect(to: url, on: eventLoop, handlers: handlers).whenComplete {
            switch $0 {
            case .success(let connection):
                guard self.machine.phase == .opening else {
                    connection.abort()
                    return
                }
                self.connection = connection
                self.perform(self.machine.opened(now: .now()))
            case .failure(let error):
                let error = error as? ClientError ?? ClientError(.transport)
                self.perform(self.machine.openFailed(error, now: .now()))
            }
        }
    }

    private func received(_ frame: ServerFrame, on connection: SocketConnection) {
        guard connection === self.connection else { return }
        if case .event = frame, configuration.onChange == nil, !buffer.hasRoom {
            // The reader is behind; the server sends again what was not acknowledged.
            connection.abort()
            self.connection = nil
            perform(machine.closed(code: nil, now: .now()))
            return
        }
        perform(machine.received(frame, now: .now()))
    }
}
