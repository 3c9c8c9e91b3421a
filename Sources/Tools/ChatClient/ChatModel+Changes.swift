import Events
import MartletClient

/// What happens to the session, and to one's own messages.
extension ChatModel {
    mutating func apply(
        _ change: DeviceSession.Change,
        at now: ContinuousClock.Instant = .now
    ) -> [ChatEffect] {
        defer { trim(near: lines.count) }
        switch change {
        case .connecting:
            status = isConnected ? status : "connecting…"
        case .connected:
            isConnected = true
            status = "connected"
            // What the server could not be asked for before it can now.
            return history.isWithoutNewest ? fetch(.newest) : []
        case .disconnected(_, let delay):
            isConnected = false
            // Whoever is there now will be told of again.
            presence = nil
            activities = Activities()
            status = "no connection, trying again\(Self.phrase(delay))"
        case .stopped(let error):
            isConnected = false
            status =
                error?.code == .deviceRemoved
                ? Self.removedStatus : error.map { "stopped: \($0)" } ?? "stopped"
        case .complaint(let code, _):
            return [.notice("the server complains: \(RejectionText.words(code))")]
        case .gap:
            personal.missed()
            return missed()
        case .signal(let signal):
            take(signal, at: now)
        case .renewed:
            break
        case .submission(let id, .accepted(let accepted)):
            return wasAccepted(id, accepted)
        case .submission(let id, .rejected(let code, let detail)):
            return fail(id, code, detail)
        case .event(let event, _):
            return happened(event)
        }
        return []
    }

    private static func phrase(_ delay: Duration) -> String {
        delay < .seconds(1) ? "…" : " in \(Int(delay.seconds.rounded())) s"
    }

    private mutating func happened(_ event: ServerEvent) -> [ChatEffect] {
        switch event {
        case .message(let message):
            return happened(message)
        case .ticks(let ticks):
            _ = marks.apply(ticks)
            return []
        case .rejected(let rejection):
            return fail(rejection.messageID, rejection.code, rejection.detail)
        case .conversation(let event):
            return happened(event)
        case .personal(let event):
            return happened(event)
        case .read(let mark):
            happened(mark)
            return []
        case .unknown:
            return []
        }
    }

    // MARK: One's own

    /// A message is on its way.
    mutating func submitted(_ message: OutgoingMessage, at time: Timestamp) {
        outgoing[message.id] = message
        unansweredIDs.insert(message.id)
        let content: MessageContent =
            switch message.content {
            case .text(let text): .text(text)
            case .poll(let poll): .poll(poll)
            }
        add(
            ChatLine(
                id: message.id,
                isMine: true,
                sender: me,
                body: .message(content),
                time: time,
                replyTo: message.replyTo
            )
        )
    }

    private mutating func wasAccepted(
        _ id: SubmissionID,
        _ accepted: AcceptedMessage
    ) -> [ChatEffect] {
        unansweredIDs.remove(id)
        guard let place = lines.lastIndex(where: { $0.id == id }) else { return [] }
        lines[place].isAccepted = true
        lines[place].failure = nil
        guard target.conversation == nil,
            !isConfirmed || conversation != accepted.conversationID
        else { return [] }
        if conversation != accepted.conversationID {
            // What was on show so far was with somebody else.
            lines.removeAll { $0.id != id && $0.seq != nil }
            known = Set(lines.map(\.id))
            history = LoadedHistory()
            unplaced = []
            highestSeq = 0
        }
        let hadLines = lines.count > 1
        conversation = accepted.conversationID
        isConfirmed = true
        elsewhere[accepted.conversationID] = nil
        addresses[target.text] = accepted.conversationID
        if target.account == nil {
            names.learn(target.text, of: accepted.conversationID)
        }
        let learned = ChatEffect.learned(accepted.conversationID, address: target.text)
        return hadLines ? [learned] : [learned] + fetch(.newest)
    }

    /// A message or a request was refused.
    mutating func fail(_ id: SubmissionID, _ code: String, _ detail: String) -> [ChatEffect] {
        unansweredIDs.remove(id)
        let why = RejectionText.words(code, detail: detail)
        if let request = pending.removeValue(forKey: id) {
            return complain(id, request, why)
        }
        if let change = changes.removeValue(forKey: id) {
            if case .removeDevice(let device) = change.request { removals.remove(device) }
            return [.notice("\(change.typed): \(why)")]
        }
        if let place = lines.lastIndex(where: { $0.id == id }) {
            lines[place].failure = why
            return []
        }
        guard let message = outgoing.removeValue(forKey: id) else { return [] }
        return [.notice("“\(message.text.prefix(20))” was not sent: \(why)")]
    }

    /// The log has a request.
    mutating func answered(_ id: SubmissionID, _ answer: SubmittedRequest) -> [ChatEffect] {
        unansweredIDs.remove(id)
        let there = ChatTarget(.conversation(answer.conversationID))
        switch pending[id]?.request {
        case .createGroup(let name, _):
            book.take(answer.conversationID, kind: "group", name: name)
            return turned(to: there)
        case .createChannel(let name):
            book.take(answer.conversationID, kind: "channel", name: name)
            return turned(to: there)
        default:
            return []
        }
    }

    /// Goes to another conversation.
    mutating func turned(to target: ChatTarget) -> [ChatEffect] {
        turn(to: target)
        return [.turned]
    }

    // MARK: Messages

    private mutating func happened(_ message: MessageEvent) -> [ChatEffect] {
        outgoing[message.messageID] = nil
        learnOther(from: message)
        if message.conversationID == conversation {
            // Who has sent does not write any more, even if that got lost.
            activities.take(.idle, of: message.sender, at: .now)
        }
        if conversation == nil, message.conversationKind == "direct",
            !known.contains(message.messageID)
        {
            // Which account an address belongs to shows only when a message to it is accepted.
            conversation = message.conversationID
        }
        if let place = lines.lastIndex(where: { $0.id == message.messageID }) {
            lines[place].seq = message.seq
            lines[place].time = message.serverTimestamp
            lines[place].isAccepted = true
            lines[place].failure = nil
            lines[place].expiresAt = message.expiresAt
            lines[place].stateSeq = max(lines[place].stateSeq, message.seq)
            settle(place)
            _ = history.take(live: message.seq, isShown: true)
            highestSeq = max(highestSeq, message.seq)
            return []
        }
        guard message.conversationID == conversation else {
            if message.sender != me {
                note(message)
            }
            return []
        }
        highestSeq = max(highestSeq, message.seq)
        guard history.take(live: message.seq) else {
            if message.sender != me {
                note(message)
            }
            return []
        }
        show(message, stateSeq: message.seq)
        return message.sender == me ? [] : [.read(message.conversationID, message.seq)]
    }

    /// Counts a message that came elsewhere, unless another device was faster to read it.
    private mutating func note(_ message: MessageEvent) {
        let there = message.conversationID
        guard elsewhere.count < 1000 || elsewhere[there] != nil,
            message.seq > personal.readSeq(of: there)
        else { return }
        elsewhere[there, default: Unread(sender: message.sender)]
            .add(message.seq, from: message.sender)
    }

    /// Shows a message with what became of it; what happened up to `stateSeq` is in that.
    mutating func show(_ message: MessageEvent, stateSeq: UInt64) {
        add(
            ChatLine(
                id: message.messageID,
                isMine: message.sender == me,
                sender: message.sender,
                body: .message(message.content),
                time: message.serverTimestamp,
                seq: message.seq,
                isAccepted: true,
                replyTo: message.replyTo,
                isEdited: message.updates.editedAt != nil,
                isStarred: personal.isStarred(message.messageID) ?? message.updates.isStarred,
                expiresAt: message.expiresAt,
                tally: MessageTally(message.updates, me: me),
                stateSeq: stateSeq
            )
        )
    }
}
