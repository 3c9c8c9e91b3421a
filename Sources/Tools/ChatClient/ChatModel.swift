import Events
import MartletClient

/// One conversation as a person sees it, without I/O.
struct ChatModel {
    /// Changes of messages that are not here, kept for when they are.
    static let unplacedMax = 1000
    /// Requests whose outcome is waited for; of more the oldest are forgotten.
    static let pendingMax = 1000

    static let removedStatus = "this device was removed from the account"

    /// Lines kept in memory.
    var linesMax = 5000
    let me: AccountID
    /// The device that this is; `nil`: not known.
    let device: DeviceID?
    var target: ChatTarget
    var conversation: ConversationID?
    /// Whether the conversation is known to be the one with `target`, and not only the one that was there.
    var isConfirmed: Bool
    var lines: [ChatLine] = []
    var status = "connecting…"
    var isConnected = false
    /// Messages that arrived in other conversations.
    var elsewhere: [ConversationID: Unread] = [:]
    /// What of the conversation is here.
    var history = LoadedHistory()
    /// What was told of messages that are not here; a page that comes may not know it yet.
    var unplaced: [ConversationEvent] = []
    /// The message that one went to, or is going to.
    var goal: MessagePlace?
    /// What was searched for last.
    var search: MessageSearch?
    /// How many hits are shown at once.
    var hitsPerPage = 10
    /// Bytes of one's data that were written so far; `nil`: no export is under way.
    var exportedBytes: Int64?
    var names: AccountNames
    var book = ConversationBook()
    /// Which direct conversations addresses lead to.
    var addresses: [String: ConversationID]
    /// With whom the direct conversations are.
    var directs: [ConversationID: AccountID] = [:]
    /// Who is in the group or channel on show, as far as is known.
    var members: [AccountID: MemberRole] = [:]
    /// Who waits to be let in, as far as is known.
    var waiting: [AccountID] = []
    /// Who does something in the conversation on show.
    var activities = Activities()
    /// Whether the other of a direct conversation is there, as was told last.
    var presence: (account: AccountID, presence: Presence)?
    /// What one has set for oneself.
    var personal = PersonalState()
    /// One's own devices, as far as is known.
    var devices: [AccountDevice] = []
    /// Devices of which it was asked from here that they be removed.
    var removals: Set<DeviceID> = []
    var showsNumbers = false
    var pending: [SubmissionID: PendingRequest] = [:]
    /// What was set for oneself, and has no answer.
    var changes: [SubmissionID: PendingChange] = [:]
    /// One's own messages that have no place yet, or failed.
    var outgoing: [SubmissionID: OutgoingMessage] = [:]
    /// Submissions, of messages and of requests, that have no answer.
    var unansweredIDs: Set<SubmissionID> = []
    var marks = TickMarks()
    var known: Set<SubmissionID> = []
    var highestSeq: UInt64 = 0

    /// A conversation that is empty so far; `addresses`: which direct conversations addresses lead to.
    init(
        me: AccountID,
        device: DeviceID? = nil,
        target: ChatTarget,
        addresses: [String: ConversationID] = [:]
    ) {
        self.me = me
        self.device = device
        self.target = target
        self.addresses = addresses
        names = AccountNames(me: me, conversations: addresses)
        isConfirmed = false
        turn(to: target)
    }

    // MARK: Where

    /// Turns to another person or another conversation.
    mutating func turn(to target: ChatTarget) {
        self.target = target
        conversation =
            target.conversation ?? addresses[target.text]
            ?? target.account.map { ConversationID(directBetween: me, and: $0) }
        isConfirmed = conversation != nil
        lines = []
        known = []
        history = LoadedHistory()
        unplaced = []
        goal = nil
        highestSeq = 0
        members = [:]
        waiting = []
        activities = Activities()
        if presence?.account != other { presence = nil }
        if let conversation {
            elsewhere[conversation] = nil
        }
    }

    /// Shows a conversation that is probably, but not certainly, the one with `target`.
    mutating func suppose(_ conversation: ConversationID) {
        guard self.conversation == nil else { return }
        self.conversation = conversation
    }

    /// What is on show.
    var title: String {
        guard let id = target.conversation else {
            return target.account.flatMap { names.known($0) } ?? target.text
        }
        guard let entry = book[id] else { return book.name(of: id) }
        let count = entry.memberCount.map { ", \($0) \($0 == 1 ? "member" : "members")" } ?? ""
        return "\(book.name(of: id)) · \(entry.kind)\(count)"
    }

    /// What to call the sender of a line.
    func label(of sender: AccountID) -> String {
        target.conversation == nil && sender != me
            ? names.known(sender) ?? target.text : names.name(of: sender)
    }

    /// How far one's own message has come; `nil`: it failed.
    func state(of line: ChatLine) -> MessageState? {
        guard line.failure == nil else { return nil }
        guard let seq = line.seq, let conversation else {
            return line.isAccepted ? .accepted : .sending
        }
        return marks.state(of: seq, in: conversation)
    }

    /// Submissions without an answer.
    var unanswered: Int { unansweredIDs.count }

    /// A message on show.
    func message(_ id: SubmissionID) -> ChatLine? {
        lines.last { $0.id == id && $0.isMessage }
    }

    /// The text of a message on show in one line; `nil`: it is not at hand.
    func quote(_ id: SubmissionID) -> String? {
        message(id).map { $0.text.replacing("\n", with: " ") }
    }

    /// Words for what happened.
    var eventText: EventText { EventText(names: names, quote: { self.quote($0) }) }

    // MARK: Lines

    mutating func add(_ line: ChatLine) {
        guard !line.isMessage || !personal.isHidden(line.id), line.content != .hidden else {
            return
        }
        guard known.insert(line.id).inserted else { return }
        // Numbered ones by their number; those under way come last, in the order in which they were written.
        let place = lines.lastIndex { other in
            guard let seq = line.seq else { return true }
            return other.seq.map { $0 < seq } ?? false
        }
        lines.insert(line, at: place.map { $0 + 1 } ?? 0)
    }

    /// Forgets lines when there are too many: those that are furthest from where a line was added.
    mutating func trim(near place: Int) {
        guard lines.count > linesMax else { return }
        let numbered = lines.lastIndex { $0.seq != nil }.map { $0 + 1 } ?? 0
        let count = min(lines.count - linesMax, numbered)
        let isAbove = place < lines.count / 2
        let gone = isAbove ? (numbered - count)..<numbered : 0..<count
        for line in lines[gone] { known.remove(line.id) }
        lines.removeSubrange(gone)
        let seqs = lines.lazy.compactMap(\.seq)
        if isAbove {
            history.forget(above: seqs.max() ?? 0)
        } else {
            history.forget(below: seqs.first ?? highestSeq + 1)
        }
    }

    /// Moves a line that got its number to its place.
    mutating func settle(_ place: Int) {
        let line = lines.remove(at: place)
        known.remove(line.id)
        add(line)
    }

    /// Says in the conversation, or for a moment if another is on show, that something was not done.
    mutating func complain(
        _ id: SubmissionID,
        _ request: PendingRequest,
        _ why: String
    )
        -> [ChatEffect]
    {
        let text = "\(request.typed): \(why)"
        guard request.conversation == conversation || request.isCreation else {
            return [.notice(text)]
        }
        add(
            ChatLine(
                id: id,
                isMine: true,
                sender: me,
                body: .complaint(text),
                time: request.time
            )
        )
        return []
    }

    /// Takes the text out of messages whose time is over; says whether there were any.
    @discardableResult
    mutating func expire(at now: Timestamp) -> Bool {
        var hasChanged = false
        for place in lines.indices {
            guard let end = lines[place].expiresAt, end <= now, let content = lines[place].content,
                !ContentText.isGone(content)
            else { continue }
            lines[place].body = .message(.expired)
            lines[place].tally = MessageTally()
            hasChanged = true
        }
        return hasChanged
    }

    /// The messages that failed, to be sent again with their ids.
    mutating func retry() -> [OutgoingMessage] {
        var failed: [OutgoingMessage] = []
        for place in lines.indices where lines[place].failure != nil {
            guard let message = outgoing[lines[place].id] else { continue }
            lines[place].failure = nil
            unansweredIDs.insert(message.id)
            failed.append(message)
        }
        return failed
    }
}
