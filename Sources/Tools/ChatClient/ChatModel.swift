import Events
import MartletClient

/// One conversation as a person sees it, without I/O.
struct ChatModel {
    /// One message of the conversation.
    struct Line: Equatable {
        let id: SubmissionID
        let isMine: Bool
        let sender: AccountID
        var text: String
        var time: Timestamp
        var seq: UInt64?
        var isAccepted = false
        /// Why it failed.
        var failure: String?
    }

    /// What the shell is to do.
    enum Effect: Equatable {
        /// Say that this was read.
        case read(ConversationID, UInt64)
        /// The address leads to this conversation.
        case learned(ConversationID)
        /// The server no longer keeps what was missed: fetch the last page.
        case loadLastPage
    }

    /// Messages kept in memory.
    static let linesMax = 5000

    let me: AccountID
    private(set) var peer: String
    private(set) var conversation: ConversationID?
    /// Whether the conversation is known to be the one with `peer`, and not only the one that was there.
    private(set) var isConfirmed: Bool
    private(set) var lines: [Line] = []
    private(set) var status = "connecting…"
    private(set) var isConnected = false
    /// Messages that arrived in other conversations.
    private(set) var elsewhere: [ConversationID: (count: Int, sender: AccountID)] = [:]
    private(set) var hasAllOlder = false
    private var marks = TickMarks()
    private var known: Set<SubmissionID> = []

    init(me: AccountID, peer: String, conversation: ConversationID?) {
        self.me = me
        self.peer = peer
        self.conversation = conversation
        isConfirmed = conversation != nil
    }

    /// Turns to another person.
    mutating func turn(to peer: String, conversation: ConversationID?) {
        self.peer = peer
        self.conversation = conversation
        isConfirmed = conversation != nil
        lines = []
        known = []
        hasAllOlder = false
        if let conversation {
            elsewhere[conversation] = nil
        }
    }

    /// Shows a conversation that is probably, but not certainly, the one with `peer`.
    mutating func suppose(_ conversation: ConversationID) {
        guard self.conversation == nil else { return }
        self.conversation = conversation
    }

    /// How far one's own message has come; `nil`: it failed.
    func state(of line: Line) -> MessageState? {
        guard line.failure == nil else { return nil }
        guard let seq = line.seq, let conversation else {
            return line.isAccepted ? .accepted : .sending
        }
        return marks.state(of: seq, in: conversation)
    }

    /// The lowest seq on show: what `before_seq` asks to go on from.
    var oldestSeq: UInt64? { lines.lazy.compactMap(\.seq).min() }

    /// Messages without an answer.
    var unanswered: Int { lines.count { $0.isMine && !$0.isAccepted && $0.failure == nil } }

    // MARK: What happens

    mutating func submitted(_ message: OutgoingMessage, at time: Timestamp) {
        add(
            Line(
                id: message.id,
                isMine: true,
                sender: me,
                text: message.text,
                time: time,
                seq: nil
            )
        )
    }

    mutating func apply(_ change: DeviceSession.Change) -> [Effect] {
        switch change {
        case .connecting:
            status = isConnected ? status : "connecting…"
        case .connected:
            isConnected = true
            status = "connected"
        case .disconnected(_, let delay):
            isConnected = false
            status = "no connection, trying again\(Self.phrase(delay))"
        case .stopped(let error):
            isConnected = false
            status = error.map { "stopped: \($0)" } ?? "stopped"
        case .complaint(let code, _):
            status = "the server complains: \(code)"
        case .gap:
            return [.loadLastPage]
        case .renewed:
            break
        case .submission(let id, .accepted(let accepted)):
            return wasAccepted(id, accepted)
        case .submission(let id, .rejected(let code, _)):
            fail(id, code)
        case .event(.message(let message), _):
            return happened(message)
        case .event(.ticks(let ticks), _):
            _ = marks.apply(ticks)
        case .event(.rejected(let rejection), _):
            fail(rejection.messageID, rejection.code)
        case .event(.unknown, _):
            break
        }
        return []
    }

    private static func phrase(_ delay: Duration) -> String {
        delay < .seconds(1) ? "…" : " in \(Int(delay.seconds.rounded())) s"
    }

    private mutating func wasAccepted(_ id: SubmissionID, _ accepted: AcceptedMessage) -> [Effect] {
        guard let place = lines.lastIndex(where: { $0.id == id }) else { return [] }
        lines[place].isAccepted = true
        lines[place].failure = nil
        guard !isConfirmed || conversation != accepted.conversationID else { return [] }
        if conversation != accepted.conversationID {
            // What was on show so far was with somebody else.
            lines.removeAll { $0.id != id && $0.seq != nil }
            known = Set(lines.map(\.id))
        }
        let hadLines = lines.count > 1
        conversation = accepted.conversationID
        isConfirmed = true
        elsewhere[accepted.conversationID] = nil
        return hadLines
            ? [.learned(accepted.conversationID)]
            : [.learned(accepted.conversationID), .loadLastPage]
    }

    private mutating func fail(_ id: SubmissionID, _ code: String) {
        guard let place = lines.lastIndex(where: { $0.id == id }) else { return }
        lines[place].failure = code
    }

    private mutating func happened(_ message: MessageEvent) -> [Effect] {
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
            settle(place)
            return []
        }
        guard message.conversationID == conversation else {
            if message.sender != me {
                note(message)
            }
            return []
        }
        show(message)
        return message.sender == me ? [] : [.read(message.conversationID, message.seq)]
    }

    private mutating func note(_ message: MessageEvent) {
        guard elsewhere.count < 1000 || elsewhere[message.conversationID] != nil else { return }
        let count = elsewhere[message.conversationID]?.count ?? 0
        elsewhere[message.conversationID] = (count + 1, message.sender)
    }

    /// Takes a page of history; what is on show already is not shown twice.
    mutating func add(_ page: EventPage, isOlder: Bool) -> [Effect] {
        if isOlder || lines.isEmpty {
            hasAllOlder = page.nextBeforeSeq == nil
        }
        if let ticks = page.ticks {
            _ = marks.apply(ticks)
        }
        let messages = page.messages.filter { $0.conversationID == conversation }
        for message in messages where !known.contains(message.messageID) {
            show(message)
        }
        guard !isOlder, let conversation,
            let last = messages.filter({ $0.sender != me }).map(\.seq).max()
        else { return [] }
        return [.read(conversation, last)]
    }

    private mutating func show(_ message: MessageEvent) {
        add(
            Line(
                id: message.messageID,
                isMine: message.sender == me,
                sender: message.sender,
                text: message.text ?? "(a message that this client cannot show)",
                time: message.serverTimestamp,
                seq: message.seq,
                isAccepted: true
            )
        )
    }

    private mutating func add(_ line: Line) {
        guard known.insert(line.id).inserted else { return }
        // Numbered ones by their number; those under way come last, in the order in which they were written.
        let place = lines.lastIndex { other in
            guard let seq = line.seq else { return true }
            return other.seq.map { $0 < seq } ?? false
        }
        lines.insert(line, at: place.map { $0 + 1 } ?? 0)
        if lines.count > Self.linesMax, lines[0].seq != nil {
            known.remove(lines.removeFirst().id)
            hasAllOlder = false
        }
    }

    /// Moves a line that got its number to its place.
    private mutating func settle(_ place: Int) {
        let line = lines.remove(at: place)
        known.remove(line.id)
        add(line)
    }

    /// The messages that failed, to be sent again with their ids.
    mutating func retry() -> [Line] {
        var failed: [Line] = []
        for place in lines.indices where lines[place].failure != nil {
            lines[place].failure = nil
            failed.append(lines[place])
        }
        return failed
    }
}
