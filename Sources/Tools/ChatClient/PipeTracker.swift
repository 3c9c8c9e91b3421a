import Events
import MartletClient

/// The rules of a chat between pipes, without I/O: lines and changes go in, JSON lines come out.
struct PipeTracker {
    /// What the shell is to do.
    enum Effect: Equatable {
        /// Write this line.
        case write(String)
        /// Say that this was read.
        case read(ConversationID, UInt64)
        /// The address leads to this conversation.
        case learned(ConversationID)
    }

    private struct Message {
        var state = MessageState.sending
        var conversation: ConversationID?
        var seq: UInt64?
    }

    private let me: AccountID
    private let goal: MessageState
    private let receiveMax: Int?
    private let listens: Bool
    private let marksRead: Bool
    private var messages: [SubmissionID: Message] = [:]
    private var marks = TickMarks()
    private(set) var received = 0
    private(set) var failed = 0
    private(set) var inputHasEnded = false
    private(set) var stopError: ClientError?
    private(set) var hasStopped = false

    /// `goal`: how far messages must come; `receiveMax`: how many to receive, `nil`: no end.
    init(me: AccountID, goal: MessageState, listens: Bool, receiveMax: Int?, marksRead: Bool) {
        self.me = me
        self.goal = goal
        self.listens = listens
        self.receiveMax = receiveMax
        self.marksRead = marksRead
    }

    /// Messages that have not come as far as they must.
    var pending: Int { messages.count }

    /// Messages that have no answer yet.
    var unanswered: Int { messages.values.count { $0.state == .sending } }

    /// Whether everything that was to be done is done.
    var isDone: Bool {
        if hasStopped {
            return true
        }
        let hasSent = inputHasEnded && messages.isEmpty
        guard listens else { return hasSent }
        guard let receiveMax else { return false }
        return hasSent && received >= receiveMax
    }

    /// The exit code: 1 if any message failed or the session ended with an error.
    var exitCode: Int32 { failed > 0 || stopError != nil ? 1 : 0 }

    mutating func inputEnded() {
        inputHasEnded = true
    }

    mutating func submitted(_ id: SubmissionID) -> [Effect] {
        messages[id] = Message()
        return [line("sending", id)]
    }

    mutating func apply(_ change: DeviceSession.Change) -> [Effect] {
        switch change {
        case .submission(let id, .accepted(let accepted)):
            return wasAccepted(id, accepted)
        case .submission(let id, .rejected(let code, let detail)):
            return fail(id, code: code, detail: detail)
        case .event(.message(let message), _):
            return message.sender == me ? sequenced(message) : receive(message)
        case .event(.ticks(let ticks), _):
            return marks.apply(ticks) ? advance(in: ticks.conversationID) : []
        case .event(.rejected(let rejection), _):
            return fail(rejection.messageID, code: rejection.code, detail: rejection.detail)
        case .event(.conversation(let event), _):
            return listens ? [tell { EventWriter.write(event, to: &$0) }] : []
        case .event(.personal(let event), _):
            return listens ? [tell { EventWriter.write(event, to: &$0) }] : []
        case .event(.read(let mark), _):
            return listens ? [tell { EventWriter.write(mark, to: &$0) }] : []
        case .signal(let signal):
            return listens ? [tell("signal") { EventWriter.write(signal, to: &$0) }] : []
        case .gap:
            return [write { $0.add("state", "gap") }]
        case .stopped(let error):
            hasStopped = true
            stopError = error
            return []
        case .connecting, .connected, .disconnected, .event, .renewed, .complaint:
            return []
        }
    }

    private mutating func wasAccepted(_ id: SubmissionID, _ accepted: AcceptedMessage) -> [Effect] {
        guard messages[id]?.state == .sending else { return [] }
        messages[id]?.state = .accepted
        messages[id]?.conversation = accepted.conversationID
        var effects: [Effect] = [
            .learned(accepted.conversationID),
            write {
                $0.add("state", "accepted")
                $0.add("message_id", id.description)
                $0.add("conversation_id", accepted.conversationID.description)
                $0.add("server_timestamp", accepted.serverTimestamp.milliseconds)
            },
        ]
        if goal <= .accepted {
            messages[id] = nil
        }
        effects += advance(in: accepted.conversationID)
        return effects
    }

    private mutating func sequenced(_ message: MessageEvent) -> [Effect] {
        guard messages[message.messageID] != nil else { return [] }
        messages[message.messageID]?.conversation = message.conversationID
        messages[message.messageID]?.seq = message.seq
        return advance(in: message.conversationID)
    }

    /// Tells of every state that messages of a conversation have reached, each in its turn.
    private mutating func advance(in conversation: ConversationID) -> [Effect] {
        var effects: [Effect] = []
        let concerned = messages.filter { $0.value.conversation == conversation }
            .sorted { ($0.value.seq ?? .max, $0.key) < ($1.value.seq ?? .max, $1.key) }
        for (id, message) in concerned {
            guard let seq = message.seq, message.state >= .accepted else { continue }
            let reached = marks.state(of: seq, in: conversation)
            for state in [MessageState.sequenced, .delivered, .read]
            where state > message.state && state <= reached {
                effects.append(
                    write {
                        $0.add("state", state.name)
                        $0.add("message_id", id.description)
                        $0.add("conversation_id", conversation.description)
                        $0.add("seq", Int64(clamping: seq))
                    }
                )
            }
            messages[id]?.state = max(message.state, reached)
            if reached >= goal {
                messages[id] = nil
            }
        }
        return effects
    }

    private mutating func fail(_ id: SubmissionID, code: String, detail: String) -> [Effect] {
        guard messages.removeValue(forKey: id) != nil else { return [] }
        failed += 1
        return [
            write {
                $0.add("state", "failed")
                $0.add("message_id", id.description)
                $0.add("code", code)
                if !detail.isEmpty {
                    $0.add("detail", detail)
                }
            }
        ]
    }

    private mutating func receive(_ message: MessageEvent) -> [Effect] {
        guard listens, received < receiveMax ?? .max else { return [] }
        received += 1
        let told = tell("received") { EventWriter.write(message, to: &$0) }
        return marksRead ? [told, .read(message.conversationID, message.seq)] : [told]
    }

    private func tell(
        _ state: String = "event",
        _ fill: (inout JSONObjectWriter) -> Void
    ) -> Effect {
        write {
            $0.add("state", state)
            fill(&$0)
        }
    }

    // MARK: Lines

    private func line(_ state: String, _ id: SubmissionID) -> Effect {
        write {
            $0.add("state", state)
            $0.add("message_id", id.description)
        }
    }

    private func write(_ fill: (inout JSONObjectWriter) -> Void) -> Effect {
        var line = JSONObjectWriter()
        fill(&line)
        return .write(line.text)
    }
}
