import Events
import MartletClient

/// When others are told that one writes: with the first letter, again while it goes on, and when the line is sent or emptied.
struct OwnActivity {
    /// What is to be said.
    struct Notice: Equatable {
        let activity: Activity
        let conversation: ConversationID
    }

    /// Before it is forgotten, and not so soon that the server, which tells others at most every three seconds, takes none of it.
    static let interval: Duration = .seconds(4)

    private var line = ""
    private var told: (conversation: ConversationID, time: ContinuousClock.Instant)?

    /// Takes the line as it is now, and where it would go; `nil`: nowhere that is known.
    mutating func edited(
        _ line: String,
        in conversation: ConversationID?,
        at now: ContinuousClock.Instant
    ) -> [Notice] {
        let hasChanged = line != self.line
        self.line = line
        var notices: [Notice] = []
        let isWriting = Self.isMessage(line)
        if let last = told, !isWriting || last.conversation != conversation {
            notices.append(Notice(activity: .idle, conversation: last.conversation))
            told = nil
        }
        guard hasChanged, isWriting, let conversation else { return notices }
        if told.map({ $0.time + Self.interval <= now }) ?? true {
            told = (conversation, now)
            notices.append(Notice(activity: .typing, conversation: conversation))
        }
        return notices
    }

    /// Whether a line is a message so far: neither empty nor a command.
    private static func isMessage(_ line: String) -> Bool {
        !line.allSatisfy(\.isWhitespace) && (!line.hasPrefix("/") || line.hasPrefix("//"))
    }
}
