import DequeModule
import Events
import MartletClient
import NIOCore
import NIOPosix

/// Plays some of the accounts on one event loop: sends what is due, reads, acknowledges, and notes what happens when.
///
/// Nothing here costs a task, and hardly anything an allocation, for a message. `@unchecked Sendable`: everything mutable
/// is touched on `loop` only; others come in by `on`.
final class DirectWorker: SocketWorker, @unchecked Sendable {
    private static let tick: TimeAmount = .milliseconds(1)
    private static let sendsPerTickMax = 2000
    /// As many ticks as the Swift client waits with what nobody waits for; each tick it is the turn of other accounts.
    private static let lateAcksEvery = 1000
    /// As many events as the Swift client acknowledges without waiting.
    private static let ackEventsMax = 64
    private static let reconnectDelay: TimeAmount = .milliseconds(200)

    let loop: any EventLoop
    private let plan: DirectPlan
    private let numbering: MessageNumbering
    private let clock: any WallClock
    private let target: (host: String, port: Int)
    private var lanes: [Lane]
    private var posts: [RequestConnection] = []
    private var postQueue: Deque<Int> = []
    private(set) var tally = DirectTally()
    private var ticker: RepeatedTask?
    private var ticks = 0
    private var startedAt: UInt64 = 0
    private var stopsAt: UInt64 = 0
    private var perSecond = 0.0
    private var tokens = 0
    private var wallMilliseconds = Timestamp(milliseconds: 0)
    private(set) var isStopping = false

    /// `lanes`: both accounts of each pair, one after the other.
    init(
        plan: DirectPlan,
        lanes: [Lane],
        worker: Int,
        nonce: UInt64,
        clock: any WallClock,
        target: (host: String, port: Int),
        loop: any EventLoop
    ) {
        self.plan = plan
        self.lanes = lanes
        self.clock = clock
        self.target = target
        self.loop = loop
        numbering = MessageNumbering(nonce: nonce << 6 | UInt64(worker))
    }

    // MARK: Connecting

    var sessionCount: Int { lanes.count }

    subscript(session number: Int) -> LoadSession {
        get { lanes[number].session }
        set { lanes[number].session = newValue }
    }

    func noteDisconnect() { tally.disconnects += 1 }

    /// Opens all connections and sockets; returns when every session is welcomed.
    func connect() async throws {
        if plan.httpShare > 0 {
            for _ in 0..<plan.httpConnections {
                try await loop.flatSubmit { self.openPost() }.get()
            }
        }
        try await connectSockets(within: .seconds(60))
    }

    private func openPost() -> EventLoopFuture<Void> {
        RequestConnection.connect(
            host: target.host,
            port: target.port,
            on: loop,
            onAnswer: { connection, number, answer in
                self.answered(number, answer.status, connection.lastRead)
                self.pumpPosts()
            },
            onClose: { connection, _ in
                self.posts.removeAll { $0 === connection }
                guard !self.isStopping else { return }
                self.tally.disconnects += 1
                self.reopenPost()
            }
        ).map { self.posts.append($0) }
    }

    private func reopenPost() {
        loop.scheduleTask(in: Self.reconnectDelay) {
            guard !self.isStopping else { return }
            self.openPost().whenComplete { result in
                if case .success = result {
                    self.pumpPosts()
                } else {
                    self.reopenPost()
                }
            }
        }
    }

    // MARK: Sending

    /// Starts the load: from `start` on, measured from `measured` on, until `stop`; nanoseconds of the loop's clock.
    func begin(start: UInt64, measured: UInt64, stop: UInt64) {
        startedAt = start
        stopsAt = stop
        tally.measuredFrom = measured
        tally.measuredUntil = stop
        switch plan.pace {
        case .open(let rate): perSecond = rate / Double(plan.loops)
        case .closed(let outstanding):
            tokens = outstanding / plan.loops + (outstanding % plan.loops > 0 ? 1 : 0)
        }
        ticker = loop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in
            self.onTick()
        }
    }

    private func onTick() {
        let now = NIODeadline.now().uptimeNanoseconds
        wallMilliseconds = clock.now()
        ticks += 1
        for lane in lanes.indices where !lanes[lane].backlog.isEmpty {
            sendBacklog(lane)
        }
        let turn = ticks % Self.lateAcksEvery
        for lane in stride(from: turn, to: lanes.count, by: Self.lateAcksEvery) {
            acknowledge(lane)
        }
        guard now >= startedAt, !isStopping else { return }
        switch plan.pace {
        case .open:
            var sends = 0
            while sends < Self.sendsPerTickMax {
                let due = startedAt + plan.dueNanoseconds(tally.started, perSecond: perSecond)
                guard due <= now, due < stopsAt else { break }
                send(due: due)
                sends += 1
            }
        case .closed:
            while tokens > 0, now < stopsAt {
                tokens -= 1
                send(due: now)
            }
        }
    }

    private func lane(of number: Int) -> Int {
        let pairs = lanes.count / 2
        return number % pairs * 2 + number / pairs % 2
    }

    private func send(due: UInt64) {
        let number = tally.start(due: due)
        if plan.goesByHTTP(number) {
            postQueue.append(number)
            pumpPosts()
        } else {
            let lane = lane(of: number)
            lanes[lane].backlog.append(number)
            sendBacklog(lane)
        }
    }

    private func sendBacklog(_ lane: Int) {
        let session = lanes[lane].session
        guard let connection = session.connection, session.isReady else { return }
        while connection.isWritable, let number = lanes[lane].backlog.popFirst() {
            let id = numbering.id(of: number, at: wallMilliseconds)
            lanes[lane].frame.setString(id.description, at: lanes[lane].frameIDOffset)
            connection.send(payload: lanes[lane].frame)
        }
    }

    private func pumpPosts() {
        while let connection = posts.first(where: \.isFree), let number = postQueue.popFirst() {
            let lane = lane(of: number)
            let id = numbering.id(of: number, at: wallMilliseconds)
            lanes[lane].request.setString(id.description, at: lanes[lane].requestIDOffset)
            connection.send(lanes[lane].request, number: number)
        }
    }

    private func answered(_ number: Int, _ status: Int, _ time: UInt64) {
        if status == 201 {
            _ = tally.reach(.accepted, number, at: time)
        } else {
            refused(number, "http_\(status)")
        }
    }

    private func refused(_ number: Int, _ code: String) {
        if tally.refuse(number, code: code), case .closed = plan.pace {
            tokens += 1
        }
    }

    // MARK: Receiving

    func received(_ frame: ServerFrame, _ lane: Int, _ connection: SocketConnection) {
        let now = connection.lastReceived.uptimeNanoseconds
        switch frame {
        case .event(let position, let event):
            guard lanes[lane].session.receive(position) else {
                tally.resends += 1
                return
            }
            happened(event, lane, now)
        case .accepted(let accepted):
            if let number = numbering.number(of: accepted.messageID) {
                _ = tally.reach(.accepted, number, at: now)
            }
        case .rejected(let id, let code, _):
            if let number = numbering.number(of: id) {
                refused(number, code)
            }
        case .welcome(_, _, let position): lanes[lane].session.welcome(at: position)
        case .gap(let position): lanes[lane].session.skip(to: position)
        case .signal, .error, .other:
            break
        }
    }

    private func happened(_ event: ServerEvent, _ lane: Int, _ now: UInt64) {
        switch event {
        case .message(let message):
            guard let number = numbering.number(of: message.messageID) else { return }
            if message.seq <= lanes[lane].seq {
                tally.outOfOrder += 1
            }
            lanes[lane].seq = max(lanes[lane].seq, message.seq)
            lanes[lane].conversation = message.conversationID
            let sender = self.lane(of: number)
            if tally.sequence(number) {
                lanes[sender].awaitingDelivered.append((message.seq, number))
                lanes[sender].awaitingRead.append((message.seq, number))
            }
            guard message.sender != lanes[lane].session.account else { return }
            if !tally.reach(.received, number, at: now) {
                tally.doubled += 1
            }
            lanes[lane].readSeq = message.seq
            lanes[lane].owesRead = true
        case .ticks(let ticks):
            advance(lane, ticks, now)
        case .rejected(let rejection):
            if let number = numbering.number(of: rejection.messageID) {
                refused(number, rejection.code)
            }
        default: break
        }
    }

    private func advance(_ lane: Int, _ ticks: TicksEvent, _ now: UInt64) {
        if ticks.deliveredSeq < lanes[lane].deliveredSeq || ticks.readSeq < lanes[lane].marksReadSeq
        {
            tally.ticksBackwards += 1
        }
        let delivered = max(lanes[lane].deliveredSeq, ticks.deliveredSeq)
        let read = max(lanes[lane].marksReadSeq, ticks.readSeq)
        lanes[lane].deliveredSeq = delivered
        lanes[lane].marksReadSeq = read
        while let first = lanes[lane].awaitingDelivered.first, first.seq <= max(delivered, read) {
            lanes[lane].awaitingDelivered.removeFirst()
            if tally.reach(.delivered, first.number, at: now), case .closed = plan.pace {
                tokens += 1
            }
        }
        while let first = lanes[lane].awaitingRead.first, first.seq <= read {
            lanes[lane].awaitingRead.removeFirst()
            _ = tally.reach(.read, first.number, at: now)
        }
    }

    /// After all frames that came together: one acknowledgement, one read mark.
    func settle(_ lane: Int) {
        if lanes[lane].owesRead || lanes[lane].session.unacknowledged >= Self.ackEventsMax {
            acknowledge(lane)
        }
        if case .closed = plan.pace, tokens > 0, !isStopping {
            let now = NIODeadline.now().uptimeNanoseconds
            while tokens > 0, now >= startedAt, now < stopsAt {
                tokens -= 1
                send(due: now)
            }
        }
    }

    private func acknowledge(_ lane: Int) {
        guard let (connection, position) = lanes[lane].session.takeAcknowledgement() else { return }
        connection.send(.ack(position))
        if lanes[lane].owesRead, let conversation = lanes[lane].conversation {
            lanes[lane].owesRead = false
            connection.send(.read(conversation, seq: lanes[lane].readSeq))
        }
    }

    // MARK: Ending

    /// Closes everything.
    func end() {
        isStopping = true
        ticker?.cancel()
        for lane in lanes.indices {
            acknowledge(lane)
            lanes[lane].session.connection?.close()
        }
        for post in posts {
            post.close()
        }
    }
}
