import Events
import MartletClient

/// Which part of the conversation is here, and how more of it comes.
extension ChatModel {
    /// Pages fetched one after the other in search of something to show.
    static let emptyPagesMax = 10

    /// What stands between the lines.
    var historyMarks: [HistoryMark] {
        // That nothing comes before nothing need not be said.
        lines.isEmpty && history.missing.isEmpty
            ? history.marks.filter { $0.kind != .beginning } : history.marks
    }

    /// What brings the message that one went to.
    private var goalRequest: HistoryRequest? { goal.map { .around($0.seq) } }

    // MARK: Asking

    /// Has a page fetched, unless it is under way.
    mutating func fetch(_ request: HistoryRequest, emptyBefore: Int = 0) -> [ChatEffect] {
        guard conversation != nil,
            history.begin(request, since: highestSeq, emptyBefore: emptyBefore)
        else { return [] }
        return [.load(request)]
    }

    /// Has fetched what a person is about to scroll to, by the marks on the screen from top to bottom.
    mutating func fetch(towards marks: [HistoryMark], goingUp: Bool) -> [ChatEffect] {
        let requests = marks.compactMap { $0.request(goingUp: goingUp) }
        return (goingUp ? requests.first : requests.last).map { fetch($0) } ?? []
    }

    /// Goes to the newest messages.
    mutating func returnToEnd() -> [ChatEffect] {
        goal = nil
        guard history.end == .open else { return [] }
        history.returnToEnd()
        return fetch(.newest)
    }

    /// The server no longer keeps what was missed.
    mutating func missed() -> [ChatEffect] {
        unplaced = []
        history.interrupt()
        // Who is far up finds what was missed on the way down.
        return history.end == .open ? [] : fetch(.newest)
    }

    /// A page could not be fetched.
    mutating func notFetched(_ request: HistoryRequest, _ why: String) -> [ChatEffect] {
        history.fail(request, why)
        guard request == goalRequest else { return [] }
        goal = nil
        return [.notice("the message could not be fetched: \(why)")]
    }

    // MARK: Taking

    /// Takes a page that was asked for; what is on show already is not shown twice.
    mutating func add(_ page: EventPage, for request: HistoryRequest) -> [ChatEffect] {
        let shown = conversation
        let events = page.events.filter { $0.place?.conversation == shown && shown != nil }
            .sorted { ($0.place?.seq ?? 0) < ($1.place?.seq ?? 0) }
        let top = events.last?.place?.seq ?? 0
        let hadEnd = history.end == .live
        guard let fetch = history.take(page, top: top, for: request) else { return [] }
        if let ticks = page.ticks {
            _ = marks.apply(ticks)
        }
        highestSeq = max(highestSeq, top)
        // The newest page knows everything up to its last event; when an older one was read is not known.
        take(events, from: request, asOf: request == .newest ? top : fetch.since)
        var effects = read(events, by: request, hadEnd: hadEnd)
        let first = events.first?.place?.seq ?? top
        if page.missing.isEmpty, !lines.contains(where: { $0.isNumbered(in: first...top) }) {
            effects += goOn(from: page, request, emptyBefore: fetch.emptyBefore)
        }
        if fetch.isStale { effects += self.fetch(.newest) }
        if request == goalRequest { effects += arrived() }
        trim(near: lines.firstIndex { $0.seq.map { $0 >= first } ?? true } ?? lines.count)
        return effects
    }

    private mutating func take(
        _ events: [ServerEvent],
        from request: HistoryRequest,
        asOf seq: UInt64
    ) {
        for event in events {
            switch event {
            case .message(let message):
                take(message, asOf: seq, isNewest: request == .newest)
            case .conversation(let event):
                recall(event)
                show(event)
                if request == .newest { followWaiting(event) }
            case .ticks, .rejected, .read, .personal, .unknown:
                break
            }
        }
    }

    /// What a person has read by it, if it is the end of the conversation.
    private mutating func read(
        _ events: [ServerEvent],
        by request: HistoryRequest,
        hadEnd: Bool
    ) -> [ChatEffect] {
        guard let conversation else { return [] }
        let last: UInt64?
        if request == .newest {
            last = events.last { $0.isMessage(notFrom: me) }?.place?.seq
        } else if history.end == .live, !hadEnd {
            last = lines.last { $0.isMessage && !$0.isMine && $0.seq != nil }?.seq
        } else {
            return []
        }
        elsewhere[conversation] = nil
        return last.map { [.read(conversation, $0)] } ?? []
    }

    /// Has the next page fetched after one that has nothing to show.
    private mutating func goOn(
        from page: EventPage,
        _ request: HistoryRequest,
        emptyBefore: Int
    ) -> [ChatEffect] {
        guard emptyBefore < Self.emptyPagesMax else { return [] }
        let next: HistoryRequest? =
            switch request {
            case .newest, .before: page.nextBeforeSeq.map { .before($0) }
            case .after: page.nextAfterSeq.map { .after($0) }
            case .around: nil
            }
        return next.map { fetch($0, emptyBefore: emptyBefore + 1) } ?? []
    }

    /// Takes a message of a page, which says what became of it.
    private mutating func take(_ message: MessageEvent, asOf seq: UInt64, isNewest: Bool) {
        learnOther(from: message)
        guard let place = lines.lastIndex(where: { $0.id == message.messageID }) else {
            show(message, stateSeq: max(seq, message.seq))
            return catchUp(message.messageID, since: seq)
        }
        // A page may lag behind what came over the socket.
        guard isNewest, lines[place].seq != nil, seq >= lines[place].stateSeq else { return }
        guard message.content != .hidden else {
            lines.remove(at: place)
            return
        }
        lines[place].body = .message(message.content)
        lines[place].isEdited = message.updates.editedAt != nil
        lines[place].tally = MessageTally(message.updates, me: me)
        lines[place].isStarred =
            personal.isStarred(message.messageID) ?? message.updates.isStarred
        lines[place].stateSeq = seq
    }

    /// Does to a message of a page what was told of it while it was not here: the page may have been read before that.
    ///
    /// What replaces is done again even if the page has it. A reaction or a vote counts again only if it came after the page was asked
    /// for: the counts do not say whether it is among them, and the store is hardly ever as fast as the socket.
    private mutating func catchUp(_ id: SubmissionID, since seq: UInt64) {
        guard let place = lines.lastIndex(where: { $0.id == id }) else { return }
        for event in unplaced where event.change.message?.messageID == id {
            guard event.seq > seq || event.change.isReplacing else { continue }
            fold(event, at: place)
        }
        unplaced.removeAll { $0.change.message?.messageID == id }
    }

    /// Learns from a page who reacted and voted, which its messages count already, and what was edited or deleted while nobody told of it.
    private mutating func recall(_ event: ConversationEvent) {
        guard let message = event.change.message,
            let place = lines.lastIndex(where: { $0.id == message.messageID && $0.isMessage })
        else { return }
        switch event.change {
        case .reaction(_, let emoji):
            lines[place].tally.recall(event.sender, reaction: emoji, seq: event.seq)
        case .voted(_, let options):
            lines[place].tally.recall(event.sender, votes: options, seq: event.seq)
        default:
            // The message itself may be on no page that is fetched.
            guard event.change.isReplacing, event.seq > lines[place].stateSeq else { break }
            fold(event, at: place)
        }
    }
}

extension ChatLine {
    fileprivate func isNumbered(in range: ClosedRange<UInt64>) -> Bool {
        seq.map { range.contains($0) } ?? false
    }
}

extension ServerEvent {
    /// Where it stands; `nil`: nowhere.
    fileprivate var place: (conversation: ConversationID, seq: UInt64)? {
        switch self {
        case .message(let message): (message.conversationID, message.seq)
        case .conversation(let event): (event.conversationID, event.seq)
        case .ticks, .rejected, .read, .personal, .unknown: nil
        }
    }

    fileprivate func isMessage(notFrom account: AccountID) -> Bool {
        if case .message(let message) = self { message.sender != account } else { false }
    }
}
