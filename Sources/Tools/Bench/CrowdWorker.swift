import DequeModule
import Events
import MartletClient
import NIOCore
import NIOPosix

/// Plays some of a crowd on one event loop: posts what is due, reads, acknowledges, and notes what happens when.
///
/// Nothing here costs a task for a delivery. `@unchecked Sendable`: everything mutable is touched on `loop` only; others come in
/// by `on`.
final class CrowdWorker: SocketWorker, @unchecked Sendable {
    private static let tick: TimeAmount = .milliseconds(1)
    private static let postsPerTickMax = 1000

    let loop: any EventLoop
    private let plan: CrowdPlan
    private let conversation: ConversationID
    private let numbering: MessageNumbering
    private let ledger: CrowdLedger
    private let clock: any WallClock
    private var seats: [CrowdSeat]
    /// The seats that post.
    private let posters: [Int]
    /// Which share of the posts this worker starts, as one of so many.
    private let postingWorkers: Int
    /// Seats that owe an acknowledgement, with the time at which it is due, in that order.
    private var owing: Deque<(due: UInt64, seat: Int)> = []
    /// The same where nobody waits for it.
    private var owingLate: Deque<(due: UInt64, seat: Int)> = []
    private(set) var tally = CrowdTally()
    private var ticker: RepeatedTask?
    private var posted = 0
    private var startsAt: UInt64 = .max
    private var stopsAt: UInt64 = 0
    private(set) var isStopping = false

    /// Seats that have a frame post.
    init(
        plan: CrowdPlan,
        conversation: ConversationID,
        seats: [CrowdSeat],
        postingWorkers: Int,
        nonce: UInt64,
        ledger: CrowdLedger,
        clock: any WallClock,
        loop: any EventLoop
    ) {
        self.plan = plan
        self.conversation = conversation
        self.seats = seats
        self.postingWorkers = postingWorkers
        self.ledger = ledger
        self.clock = clock
        self.loop = loop
        posters = seats.indices.filter { seats[$0].frame != nil }
        numbering = MessageNumbering(nonce: nonce)
    }

    // MARK: Connecting

    var sessionCount: Int { seats.count }

    subscript(session number: Int) -> LoadSession {
        get { seats[number].session }
        set { seats[number].session = newValue }
    }

    func noteDisconnect() { tally.disconnects += 1 }

    /// Opens all sockets; returns when every session is welcomed.
    func connect() async throws {
        try await connectSockets(within: .seconds(60))
        try await on { worker in
            worker.ticker = worker.loop.scheduleRepeatedTask(
                initialDelay: Self.tick,
                delay: Self.tick
            ) { _ in worker.onTick() }
        }
    }

    // MARK: Posting

    /// Posts once, ahead of everything; `false`: nobody here posts.
    func probe() -> Bool {
        guard let seat = posters.first,
            let number = ledger.start(due: NIODeadline.now().uptimeNanoseconds, isProbe: true)
        else { return false }
        seats[seat].backlog.append(number)
        sendBacklog(seat)
        return true
    }

    /// Counts what comes from a moment on; nanoseconds of the loop's clock.
    func measure(from measured: UInt64) {
        tally.measuredFrom = measured
    }

    /// Starts the load: from `start` on until `stop`; nanoseconds of the loop's clock.
    func begin(start: UInt64, stop: UInt64) {
        startsAt = start
        stopsAt = stop
    }

    private func onTick() {
        let now = NIODeadline.now().uptimeNanoseconds
        for seat in posters where !seats[seat].backlog.isEmpty { sendBacklog(seat) }
        acknowledgeDue(now)
        postDue(now)
    }

    /// Starts what was due and has not been: a stall of this process leaves nothing out.
    func postRest() {
        while postDue(NIODeadline.now().uptimeNanoseconds) {}
    }

    /// Whether there may be more.
    @discardableResult
    private func postDue(_ now: UInt64) -> Bool {
        guard now >= startsAt, !isStopping, !posters.isEmpty else { return false }
        var due = now
        for _ in 0..<Self.postsPerTickMax {
            if case .open(let rate) = plan.pace {
                let share = rate / Double(postingWorkers)
                due = startsAt + UInt64(Double(posted) * 1e9 / share)
            }
            guard due <= now, due < stopsAt, let number = ledger.start(due: due) else {
                return false
            }
            let seat = posters[posted % posters.count]
            posted += 1
            seats[seat].backlog.append(number)
            sendBacklog(seat)
        }
        return true
    }

    private func sendBacklog(_ seat: Int) {
        let session = seats[seat].session
        guard let connection = session.connection, session.isReady else { return }
        while connection.isWritable, let number = seats[seat].backlog.popFirst() {
            let id = numbering.id(of: number, at: clock.now())
            if let frame = seats[seat].frame(id) { connection.send(payload: frame) }
        }
    }

    // MARK: Receiving

    func received(_ frame: ServerFrame, _ seat: Int, _ connection: SocketConnection) {
        let now = connection.lastReceived.uptimeNanoseconds
        switch frame {
        case .event(let position, let event):
            guard seats[seat].session.receive(position) else {
                tally.resends += 1
                return
            }
            happened(event, seat, now)
        case .accepted(let accepted):
            accept(accepted.messageID, now)
        case .rejected(let id, let code, _):
            if let number = numbering.number(of: id) { ledger.refuse(number, code: code) }
        case .welcome(_, _, let position): seats[seat].session.welcome(at: position)
        case .gap(let position): seats[seat].session.skip(to: position)
        default: break
        }
    }

    private func accept(_ id: SubmissionID, _ now: UInt64) {
        guard let number = numbering.number(of: id), let due = ledger.accept(number) else { return }
        tally.accept(due: due, at: now)
    }

    private func happened(_ event: ServerEvent, _ seat: Int, _ now: UInt64) {
        switch event {
        case .message(let message):
            guard message.conversationID == conversation,
                let number = numbering.number(of: message.messageID),
                isNew(message.seq, seat), let due = ledger.deliver(number)
            else { return }
            tally.deliver(due: due, at: now)
            if plan.reads || plan.hasTicks && message.sender != seats[seat].session.account {
                seats[seat].isAwaited = true
            }
        case .rejected(let rejection):
            guard let number = numbering.number(of: rejection.messageID) else { return }
            ledger.refuse(number, code: rejection.code)
        default: break
        }
    }

    /// Whether a socket has the post of this seq for the first time; notes what is not as it should be.
    private func isNew(_ seq: UInt64, _ seat: Int) -> Bool {
        let last = seats[seat].seq
        if seq > last {
            if last > 0, seq > last + 1 { seats[seat].skipped.formUnion(last + 1..<seq) }
            seats[seat].seq = seq
            return true
        }
        guard seats[seat].skipped.remove(seq) != nil else {
            tally.doubled += 1
            return false
        }
        tally.outOfOrder += 1
        return true
    }

    // MARK: Acknowledging

    /// After all frames that came together.
    func settle(_ seat: Int) {
        let now = NIODeadline.now().uptimeNanoseconds
        let unacknowledged = seats[seat].session.unacknowledged
        if unacknowledged >= plan.acknowledgementEventsMax {
            acknowledge(seat)
        } else if seats[seat].isAwaited {
            if !seats[seat].isListed {
                seats[seat].isListed = true
                owing.append((now + UInt64(plan.acknowledgementDelay.nanoseconds), seat))
            }
        } else if unacknowledged > 0, !seats[seat].isListedLate {
            seats[seat].isListedLate = true
            owingLate.append((now + UInt64(plan.lateAcknowledgementDelay.nanoseconds), seat))
        }
        if case .closed = plan.pace { postDue(now) }
    }

    private func acknowledgeDue(_ now: UInt64) {
        while let entry = owing.first, entry.due <= now {
            owing.removeFirst()
            seats[entry.seat].isListed = false
            acknowledge(entry.seat)
        }
        while let entry = owingLate.first, entry.due <= now {
            owingLate.removeFirst()
            seats[entry.seat].isListedLate = false
            acknowledge(entry.seat)
        }
    }

    private func acknowledge(_ seat: Int) {
        guard let (connection, position) = seats[seat].session.takeAcknowledgement() else { return }
        seats[seat].isAwaited = false
        guard plan.reads, seats[seat].readSeq < seats[seat].seq else {
            connection.send(.ack(position))
            return
        }
        seats[seat].readSeq = seats[seat].seq
        connection.send([.ack(position), .read(conversation, seq: seats[seat].seq)])
    }

    // MARK: Ending

    /// Closes everything.
    func end() {
        isStopping = true
        ticker?.cancel()
        for seat in seats.indices {
            acknowledge(seat)
            seats[seat].session.connection?.close()
        }
    }
}
