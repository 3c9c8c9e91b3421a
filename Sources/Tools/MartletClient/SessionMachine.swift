import Events
import NIOCore

/// The rules of a device's session, without I/O: what happened goes in, what is to be done comes out.
struct SessionMachine {
    static let conversationsReadMax = 1024
    /// However the server says it, a device that was removed ends with this.
    static let removal = ClientError(
        .deviceRemoved,
        "this device was removed from the account",
        status: 401
    )
    static let greetingTimeout: TimeAmount = .seconds(10)
    /// A session that was open for so long starts again with the shortest delay.
    static let settledAfter: TimeAmount = .seconds(5)

    private let configuration: DeviceSession.Configuration
    private var random: any RandomNumberGenerator & Sendable
    private(set) var phase = Phase.idle
    private(set) var credentials: Credentials
    private(set) var outbox: Outbox
    private(set) var statistics = DeviceSession.Statistics()

    /// The last position received: what does not lie above it was had before.
    private var received: InboxPosition?
    /// Everything up to here has been handled by the owner.
    private(set) var handled: InboxPosition?
    /// Where a new device was welcomed first, and comes back to if its owner has handled nothing yet.
    ///
    /// To say that it is new a second time would pass over what came in between.
    private var first: InboxPosition?
    private var acknowledged: InboxPosition?
    private var handledSinceAck = 0
    private var isAckScheduled = false
    private var isLateAckScheduled = false
    /// The last position that was kept.
    private var saved: InboxPosition?
    /// The last event received of which an acknowledgement makes somebody's ticks.
    private var lastAwaited: InboxPosition?

    private var reads: [ConversationID: UInt64] = [:]
    private var watched: [AccountID] = []
    private var url: String?
    private var urlFailed = false
    private var delay: ReconnectDelay
    private var hasRefreshed = false
    private var isHolding = false
    private var phaseSince = NIODeadline.distantPast

    init(
        _ configuration: DeviceSession.Configuration,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.configuration = configuration
        self.random = random
        credentials = configuration.credentials
        received = configuration.position
        handled = configuration.position
        acknowledged = configuration.position
        saved = configuration.position
        outbox = Outbox(
            inFlightMax: configuration.submissionsInFlightMax,
            countMax: configuration.outboxCountMax,
            bytesMax: configuration.outboxBytesMax
        )
        delay = ReconnectDelay(
            minimum: configuration.backOffMin,
            maximum: configuration.backOffMax
        )
    }

    // MARK: Connecting

    mutating func start(now: NIODeadline) -> [Action] {
        guard phase == .idle else { return [] }
        return locate(now)
    }

    private mutating func enter(_ phase: Phase, _ now: NIODeadline) {
        self.phase = phase
        phaseSince = now
    }

    private mutating func locate(_ now: NIODeadline) -> [Action] {
        enter(.locating, now)
        return [.emit(.connecting, handling: nil), .locate]
    }

    mutating func located(_ result: Result<String, ClientError>, now: NIODeadline) -> [Action] {
        guard phase == .locating else { return [] }
        switch result {
        case .success(let url):
            self.url = url
            urlFailed = false
            enter(.opening, now)
            return [.open(url)]
        case .failure(let error) where error.status == 401:
            return unauthenticated(error, now)
        case .failure(let error) where error.isRetriable || error.code == .badResponse:
            // The instance that served us last may well be there while the gateway is not.
            if let url, !urlFailed, error.status == nil {
                enter(.opening, now)
                return [.open(url)]
            }
            urlFailed = false
            return retry(code: nil, atLeast: error.retryAfter, now)
        case .failure(let error):
            return end(error, now)
        }
    }

    mutating func opened(now: NIODeadline) -> [Action] {
        guard phase == .opening else { return [.abort] }
        enter(.greeting, now)
        // The position in `hello` is itself an acknowledgement: it says what was handled, not what was received.
        // It acknowledges what it names.
        return savePosition()
            + [.send([.hello(token: credentials.accessToken, position: handled ?? first)])]
    }

    mutating func openFailed(_ error: ClientError, now: NIODeadline) -> [Action] {
        guard phase == .opening else { return [] }
        urlFailed = true
        return error.code == .invalidURL
            ? end(error, now) : retry(code: nil, atLeast: nil, now)
    }

    mutating func waitEnded(now: NIODeadline) -> [Action] {
        guard case .waiting(let toRefresh) = phase else { return [] }
        guard toRefresh else { return locate(now) }
        enter(.refreshing, now)
        return [.refresh(credentials)]
    }

    mutating func refreshed(
        _ result: Result<Credentials, ClientError>,
        now: NIODeadline
    ) -> [Action] {
        guard phase == .refreshing else { return [] }
        switch result {
        case .success(let renewed):
            credentials = renewed
            hasRefreshed = true
            return [.saveCredentials(renewed), .emit(.renewed(renewed), handling: nil)]
                + locate(now)
        case .failure(let error) where error.isRetriable:
            return retry(code: nil, atLeast: error.retryAfter, toRefresh: true, now)
        case .failure(let error) where error.code == .deviceRemoved:
            return end(Self.removal, now)
        case .failure(let error):
            return end(error, now)
        }
    }

    mutating func closed(code: UInt16?, now: NIODeadline) -> [Action] {
        guard phase == .greeting || phase == .open else { return [] }
        if phase == .open, now - phaseSince >= Self.settledAfter {
            delay.reset()
        }
        outbox.putBackAll()
        switch CloseReaction(code: code) {
        case .reconnect:
            return retry(code: code, atLeast: code == 4010 ? .seconds(5) : nil, now)
        case .relocate:
            url = nil
            return retry(code: code, atLeast: nil, now)
        case .refresh:
            return unauthenticated(
                ClientError(.unauthenticated, "the server refused the token"),
                now
            )
        case .removed:
            return end(Self.removal, now)
        case .stop:
            return end(ClientError(.stopped, "the server closed with \(code ?? 0)"), now)
        }
    }

    private mutating func retry(
        code: UInt16?,
        atLeast: Duration?,
        toRefresh: Bool = false,
        _ now: NIODeadline
    ) -> [Action] {
        enter(.waiting(toRefresh: toRefresh), now)
        let isFirst = delay.failures == 0
        var wait = delay.next(using: &random)
        if code == 4003, isFirst {
            wait = .zero
        }
        wait = max(wait, min(atLeast ?? .zero, .seconds(30)))
        return [.emit(.disconnected(code: code, retryIn: wait), handling: nil), .wait(wait)]
    }

    /// New tokens once, then it is over.
    private mutating func unauthenticated(_ error: ClientError, _ now: NIODeadline) -> [Action] {
        guard error.code != .deviceRemoved else { return end(Self.removal, now) }
        guard !hasRefreshed else { return end(error, now) }
        enter(.refreshing, now)
        return [.refresh(credentials)]
    }

    private mutating func end(_ error: ClientError?, _ now: NIODeadline) -> [Action] {
        enter(.stopped, now)
        return [.emit(.stopped(error), handling: nil)]
    }

    mutating func stop(now: NIODeadline) -> [Action] {
        guard phase != .stopped else { return [] }
        return acknowledge() + [.close] + end(nil, now)
    }

    /// To be called about once a second with the time at which anything came in last.
    mutating func tick(lastReceived: NIODeadline, now: NIODeadline) -> [Action] {
        switch phase {
        case .greeting where now - phaseSince > Self.greetingTimeout:
            return [.abort]
        case .open where now - lastReceived > TimeAmount(configuration.silenceMax):
            return [.abort]
        case .open:
            let late = now - TimeAmount(configuration.answerTimeout)
            return outbox.putBackSent(before: late) ? sendFromOutbox(now) : []
        default:
            return []
        }
    }

    // MARK: Frames

    mutating func received(_ frame: ServerFrame, now: NIODeadline) -> [Action] {
        guard phase == .greeting || phase == .open else { return [] }
        switch frame {
        case .welcome(_, _, let position):
            return welcomed(position, now)
        case .event(let position, let event):
            return happened(event, position)
        case .gap(let position):
            received = position
            return [.emit(.gap(position), handling: position)]
        case .accepted(let accepted):
            return answered(accepted.messageID, .accepted(accepted), now)
        case .rejected(let id, let code, let detail):
            return refused(id, code: code, detail: detail, now)
        case .signal(let signal):
            // One that comes before the welcome is meant for nobody here.
            return phase == .open ? [.emit(.signal(signal), handling: nil)] : []
        case .error(let code, let detail):
            return [.emit(.complaint(code: code, detail: detail), handling: nil)]
        case .other:
            return []
        }
    }

    private mutating func welcomed(_ position: InboxPosition, _ now: NIODeadline) -> [Action] {
        guard phase == .greeting else { return [] }
        enter(.open, now)
        hasRefreshed = false
        statistics.connections += 1
        let start: InboxPosition
        if let received {
            start = received
        } else {
            // A new device: from here on nothing may be missed, so this is the position to come back to.
            start = position
            received = position
            first = position
        }
        var actions: [Action] = [.emit(.connected(start), handling: handled == nil ? start : nil)]
        if !reads.isEmpty {
            // Marks are not answered, so the last ones may have been lost with the connection; they are cumulative.
            actions.append(.send(reads.map { ClientFrame.read($0.key, seq: $0.value) }))
        }
        if !watched.isEmpty {
            // Whom a connection watches ends with it.
            actions.append(.send([.watch(watched)]))
        }
        return actions + sendFromOutbox(now)
    }

    private mutating func happened(_ event: ServerEvent, _ position: InboxPosition) -> [Action] {
        if let received, received.epoch == position.epoch, position.offset <= received.offset {
            statistics.resends += 1
            return acknowledgeAgain(position)
        }
        received = position
        statistics.events += 1
        if isAwaited(event) { lastAwaited = position }
        var actions: [Action] = []
        switch event {
        case .message(let message) where outbox.remove(message.messageID):
            // The answer was lost, but here the message is.
            let accepted = AcceptedMessage(
                messageID: message.messageID,
                conversationID: message.conversationID,
                serverTimestamp: message.serverTimestamp
            )
            actions.append(
                .emit(.submission(message.messageID, .accepted(accepted)), handling: nil)
            )
        case .rejected(let rejection) where outbox.remove(rejection.messageID):
            let outcome = DeviceSession.SubmissionOutcome.rejected(
                code: rejection.code,
                detail: rejection.detail
            )
            actions.append(.emit(.submission(rejection.messageID, outcome), handling: nil))
        default:
            break
        }
        return actions + [.emit(.event(event, position), handling: position)]
    }

    // MARK: Acknowledging

    /// Whether somebody waits to hear that an event has arrived here.
    private func isAwaited(_ event: ServerEvent) -> Bool {
        guard case .message(let message) = event else { return false }
        return message.sender != credentials.accountID && message.conversationKind != "channel"
    }

    /// The owner has handled everything up to here.
    mutating func handled(_ position: InboxPosition, count: Int = 1) -> [Action] {
        guard handled != position else { return [] }
        handled = position
        handledSinceAck += count
        if handledSinceAck >= configuration.ackEventsMax {
            return acknowledge()
        }
        guard !isAckScheduled else { return [] }
        isAckScheduled = true
        return [.scheduleAck(configuration.ackDelay, isLate: false)]
    }

    /// The time that handled events wait is over; the others' when `isLate`.
    mutating func ackDue(isLate: Bool) -> [Action] {
        if isLate {
            isLateAckScheduled = false
            return acknowledge()
        }
        isAckScheduled = false
        if let lastAwaited,
            lastAwaited.epoch != acknowledged?.epoch
                || lastAwaited.offset > acknowledged?.offset ?? lastAwaited.offset
        {
            return acknowledge()
        }
        var actions = savePosition()
        if handled != acknowledged, !isLateAckScheduled {
            isLateAckScheduled = true
            actions.append(
                .scheduleAck(configuration.lateAckDelay - configuration.ackDelay, isLate: true)
            )
        }
        return actions
    }

    /// Keeps the position first: the server may forget what it is told is safe here.
    private mutating func acknowledge() -> [Action] {
        guard let handled, handled != acknowledged else { return [] }
        acknowledged = handled
        handledSinceAck = 0
        let actions = savePosition()
        return phase == .open ? actions + [.send([.ack(handled)])] : actions
    }

    /// What was handled comes again: its acknowledgement was lost, or came before the server had sent so far.
    private mutating func acknowledgeAgain(_ position: InboxPosition) -> [Action] {
        guard let handled, handled.epoch == position.epoch, position.offset <= handled.offset,
            !isLateAckScheduled
        else { return [] }
        acknowledged = nil
        isLateAckScheduled = true
        return [.scheduleAck(configuration.lateAckDelay, isLate: true)]
    }

    private mutating func savePosition() -> [Action] {
        guard let handled, handled != saved else { return [] }
        saved = handled
        return [.savePosition(handled)]
    }

    // MARK: Submitting

    mutating func submit(_ message: OutgoingMessage, now: NIODeadline) -> [Action] {
        let refusal: String
        if phase == .stopped {
            refusal = ClientError.Code.stopped.name
        } else if outbox.insert(message) {
            return sendFromOutbox(now)
        } else {
            refusal = ClientError.Code.outboxFull.name
        }
        return [.emit(.submission(message.id, .rejected(code: refusal, detail: "")), handling: nil)]
    }

    private mutating func sendFromOutbox(_ now: NIODeadline) -> [Action] {
        guard phase == .open, !isHolding else { return [] }
        let messages = outbox.nextToSend(now: now)
        statistics.submissionsRepeated = outbox.repeated
        return messages.isEmpty ? [] : [.send(messages.map { ClientFrame.submit($0) })]
    }

    private mutating func answered(
        _ id: SubmissionID,
        _ outcome: DeviceSession.SubmissionOutcome,
        _ now: NIODeadline
    ) -> [Action] {
        guard outbox.remove(id) else { return [] }
        return [.emit(.submission(id, outcome), handling: nil)] + sendFromOutbox(now)
    }

    private mutating func refused(
        _ id: SubmissionID,
        code: String,
        detail: String,
        _ now: NIODeadline
    ) -> [Action] {
        switch ClientError.Code(code) {
        case .logUnavailable, .tooManyRequests:
            outbox.putBack(id)
            guard !isHolding else { return [] }
            isHolding = true
            return [.hold(.seconds(1))]
        default:
            return answered(id, .rejected(code: code, detail: detail), now)
        }
    }

    mutating func holdEnded(now: NIODeadline) -> [Action] {
        isHolding = false
        return sendFromOutbox(now)
    }

    // MARK: Reading

    mutating func read(_ conversation: ConversationID, seq: UInt64) -> [Action] {
        guard seq > reads[conversation] ?? 0 else { return [] }
        if reads[conversation] == nil, reads.count >= Self.conversationsReadMax {
            reads.removeAll(keepingCapacity: true)
        }
        reads[conversation] = seq
        return phase == .open ? [.send([.read(conversation, seq: seq)])] : []
    }

    // MARK: Signals

    /// Says what the person does; while there is no connection nobody is told, then or later.
    mutating func doing(_ activity: Activity, in conversation: ConversationID) -> [Action] {
        phase == .open ? [.send([.typing(conversation, activity)])] : []
    }

    mutating func watch(_ accounts: [AccountID]) -> [Action] {
        let accounts = Array(accounts.prefix(Limits.watchedAccountsMax))
        guard accounts != watched else { return [] }
        watched = accounts
        return phase == .open ? [.send([.watch(accounts)])] : []
    }
}
