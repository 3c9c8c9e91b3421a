import Events
import MartletClient

/// How far one's own message has come.
enum MessageState: Int, Comparable, Sendable {
    /// Submitted, not answered.
    case sending
    /// The log has it.
    case accepted
    /// It has its place in the conversation.
    case sequenced
    /// Everyone has it.
    case delivered
    /// Everyone has read it.
    case read

    var name: String {
        switch self {
        case .sending: "sending"
        case .accepted: "accepted"
        case .sequenced: "sequenced"
        case .delivered: "delivered"
        case .read: "read"
        }
    }

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Delivered and read marks of conversations; they only grow.
struct TickMarks {
    private static let conversationsMax = 4096
    private var marks: [ConversationID: (delivered: UInt64, read: UInt64)] = [:]

    /// Takes marks; `false`: they say nothing new.
    mutating func apply(_ ticks: TicksEvent) -> Bool {
        let old = marks[ticks.conversationID] ?? (0, 0)
        // Who has read it has it.
        let delivered = max(old.delivered, ticks.deliveredSeq, ticks.readSeq)
        let read = max(old.read, ticks.readSeq)
        guard delivered > old.delivered || read > old.read else { return false }
        if marks.count >= Self.conversationsMax, marks[ticks.conversationID] == nil {
            marks.removeAll()
        }
        marks[ticks.conversationID] = (delivered, read)
        return true
    }

    /// How far one's own message with this seq has come.
    func state(of seq: UInt64, in conversation: ConversationID) -> MessageState {
        guard let marks = marks[conversation] else { return .sequenced }
        return seq <= marks.read ? .read : seq <= marks.delivered ? .delivered : .sequenced
    }
}
