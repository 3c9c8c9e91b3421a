import CoreMetrics
import Events
import Flow
import Ingest
import Logging
import NIOCore
import Web

/// All of an instance's partitions, sessions and sockets, on one event loop.
///
/// Everything that concerns a device happens here, without locks: what other threads have to say comes in through
/// `InboxSubscriber` and mailboxes, one turn of the loop for a whole batch. Scaling is by instances.
///
/// `@unchecked Sendable`: its state is used on `loop` alone; the methods that other threads call only send a closure there.
final class DeliveryHub: @unchecked Sendable {
    let loop: any EventLoop
    let settings: DeliverySettings
    let metrics: DeliveryMetrics
    let logger: Logger
    let clock: any WallClock
    let records: any RecordSink
    let submissions: any SubmissionSink
    let tokens: any TokenVerifier
    let reader: IndexReader
    let acknowledgements: AcknowledgementBoard
    let lastSeen: LastSeenBoard
    let signals: any RecordSink
    let served: ServedPartitions
    /// Which devices were removed from their accounts.
    let registry: DeviceRegistry
    private let ids: UUIDv7Generator

    var partitions: [Partition: ServedPartition] = [:]
    var partitionCount = 0
    var sockets: [UInt64: SocketHandler] = [:]
    var accounts: [AccountID: [DeviceSession]] = [:]
    var devices: [Identity: DeviceMarks] = [:]
    var sessionCount = 0
    var knownConversations: [ConversationID: KnownConversation] = [:]
    var watching: WatchTable
    var absences: Absences<AccountID>

    private var nextNumber: UInt64 = 0
    private var wheel: TimerWheel<UInt64>
    private var sweeping: RepeatedTask?
    private var drained: EventLoopPromise<Void>?
    private(set) var isShuttingDown = false

    var markQueue: [DeviceMarks] = []
    var isMarkFlushScheduled = false
    var failedMarks: [DeviceMarks] = []
    var progressed: [DeviceSession] = []
    var waitingRecords: BoundedQueue<WaitingRecord>
    /// What typing in groups may still cost.
    var typingFrames: Allowance
    private(set) lazy var reports = LoopMailbox<MarkReport>(loop) { [unowned self] in
        reported($0)
    }
    private(set) lazy var outcomes = LoopMailbox<SubmissionReport>(loop) { [unowned self] in
        answer($0)
    }
    private(set) lazy var refusals = LoopMailbox<WaitingRecord>(loop) { [unowned self] in
        keep($0)
    }

    init(
        loop: any EventLoop,
        settings: DeliverySettings,
        metrics: DeliveryMetrics,
        logger: Logger,
        clock: any WallClock,
        ids: UUIDv7Generator,
        records: any RecordSink,
        submissions: any SubmissionSink,
        tokens: any TokenVerifier,
        reader: IndexReader,
        acknowledgements: AcknowledgementBoard,
        lastSeen: LastSeenBoard,
        signals: any RecordSink,
        served: ServedPartitions,
        registry: DeviceRegistry
    ) {
        self.loop = loop
        self.settings = settings
        self.metrics = metrics
        self.logger = logger
        self.clock = clock
        self.ids = ids
        self.records = records
        self.submissions = submissions
        self.tokens = tokens
        self.reader = reader
        self.acknowledgements = acknowledgements
        self.lastSeen = lastSeen
        self.signals = signals
        self.served = served
        self.registry = registry
        typingFrames = Allowance(
            burst: settings.typingFramesPerSecond,
            perSecond: settings.typingFramesPerSecond,
            now: Self.uptime(loop)
        )
        watching = WatchTable(interval: settings.watchRenewalInterval)
        absences = Absences(grace: settings.absenceGrace)
        waitingRecords = BoundedQueue(countMax: settings.recordsWaitingMax)
        wheel = TimerWheel(tick: Self.tick(of: Self.uptime(loop)))
    }

    /// Monotonic time.
    var now: Duration { Self.uptime(loop) }

    private static func uptime(_ loop: any EventLoop) -> Duration {
        .nanoseconds(Int64(clamping: loop.now.uptimeNanoseconds))
    }

    func nextSessionID() -> SessionID { ids.next() }

    // MARK: Sockets

    /// A number for a new socket, or `nil` if there are too many, or soon none.
    func admit() -> UInt64? {
        guard !isShuttingDown, sockets.count < settings.connectionsMax else { return nil }
        nextNumber += 1
        return nextNumber
    }

    func connected(_ socket: SocketHandler) {
        guard sockets.updateValue(socket, forKey: socket.number) == nil else { return }
        metrics.sockets.record(sockets.count)
        if isShuttingDown {
            socket.close(.goingAway)
        } else {
            look(at: socket, in: settings.helloTimeout)
        }
    }

    func disconnected(_ socket: SocketHandler) {
        sockets[socket.number] = nil
        metrics.sockets.record(sockets.count)
        finishIfDrained()
    }

    // MARK: Time

    /// Starts the sweep that all deadlines share, and to hear of removed devices.
    func start() {
        loop.assertInEventLoop()
        guard sweeping == nil else { return }
        registry.onRemoval { [weak self] identity in
            guard let self else { return }
            loop.execute { self.removed(identity) }
        }
        sweeping = loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) {
            [weak self] _ in self?.sweep()
        }
    }

    /// Looks at a socket's deadlines in this time at the latest.
    ///
    /// A socket has one look to come; one that is asked for earlier takes its place, and the later entry is ignored.
    func look(at socket: SocketHandler, in duration: Duration) {
        let tick = Self.tick(of: now + duration) + 1
        guard tick < socket.nextLook else { return }
        socket.nextLook = wheel.schedule(socket.number, at: tick)
    }

    /// Entries in the wheel, for tests.
    var looksWaiting: Int { wheel.count }

    private static func tick(of time: Duration) -> UInt64 {
        UInt64(max(0, time.components.seconds))
    }

    private func sweep() {
        let now = now
        for number in wheel.advance(to: Self.tick(of: now)) {
            guard let socket = sockets[number], socket.nextLook <= wheel.tick else { continue }
            socket.nextLook = .max
            check(socket, now: now)
        }
        tellProgress()
        retryMarks()
        retryRecords()
        sweepSignals()
        finishIfDrained()
    }

    private func check(_ socket: SocketHandler, now: Duration) {
        switch socket.phase {
        case .fresh(let deadline), .authenticating(let deadline):
            guard now >= deadline else { return look(at: socket, in: deadline - now) }
            socket.fail(.unauthenticated, "hello was expected", problem: "hello_expected")
        case .closing(let deadline):
            guard now >= deadline else { return look(at: socket, in: deadline - now) }
            socket.closeChannel()
        case .open(let session):
            check(session, socket, now: now)
        case .closed:
            return
        }
    }

    private func check(_ session: DeviceSession, _ socket: SocketHandler, now: Duration) {
        if socket.isStalled(now: now) {
            return socket.close(.tooSlow, linger: settings.slowCloseLinger)
        }
        guard now - socket.lastHeard < settings.pingInterval * 2 || isSaturated(session) else {
            return giveUp(session, socket)
        }
        switch session.pump.tick(now: now) {
        case .giveUp:
            return giveUp(session, socket)
        case .resend(let events):
            metrics.eventsSentAgain.increment(by: events)
            drive(session)
        case nil:
            break
        }
        if now - socket.lastPing >= settings.pingInterval {
            socket.lastPing = now
            socket.write(WebSocketFrame.ping)
            socket.flush()
        }
        guard session.isOpen else { return }
        var next = socket.lastPing + settings.pingInterval
        if let deadline = session.pump.deadline { next = min(next, deadline) }
        if socket.hasBacklog { next = min(next, now + settings.stallTimeout / 2) }
        look(at: socket, in: max(.zero, next - now))
    }

    /// Closes a device that does not answer; one whose socket takes nothing is too slow.
    private func giveUp(_ session: DeviceSession, _ socket: SocketHandler) {
        if socket.hasBacklog {
            socket.close(.tooSlow, linger: settings.slowCloseLinger)
        } else {
            socket.close(.unresponsive)
        }
    }

    // MARK: Shutdown

    /// Closes all sockets; completes when they are gone and the log has their marks.
    ///
    /// The caller bounds the wait.
    func shutDown() -> EventLoopFuture<Void> {
        loop.flatSubmit { [self] in
            if let drained { return drained.futureResult }
            let promise = loop.makePromise(of: Void.self)
            drained = promise
            isShuttingDown = true
            for socket in Array(sockets.values) { socket.close(.goingAway) }
            finishIfDrained()
            return promise.futureResult
        }
    }

    /// Lets go of whatever is left.
    func abandon() -> EventLoopFuture<Void> {
        loop.submit { [self] in
            for socket in Array(sockets.values) { socket.closeChannel() }
            sweeping?.cancel()
            drained?.succeed(())
        }
    }

    func finishIfDrained() {
        guard let drained, sockets.isEmpty, devices.isEmpty, waitingRecords.isEmpty else { return }
        drained.succeed(())
    }
}
