import Events
import MartletClient

/// What the account has set for itself, and how far it has read, as far as is known here.
///
/// Events win over pages and lists: these may lag behind, and what is newer in them comes as an event too.
struct PersonalState {
    /// Entries kept of each kind; beyond them old ones are forgotten.
    static let entriesMax = 10_000

    private var preferences: [ConversationID: ConversationPreferences] = [:]
    private var stars: [SubmissionID: Bool] = [:]
    private var hidden: Set<SubmissionID> = []
    private var readSeqs: [ConversationID: UInt64] = [:]

    /// Takes a change that holds from now on.
    mutating func apply(_ change: PersonalChange) {
        switch change {
        case .preferences(let conversation, let change):
            if preferences.count >= Self.entriesMax { preferences.removeAll() }
            preferences[conversation, default: ConversationPreferences()].apply(change)
        case .starred(_, let message): mark(message, isStarred: true)
        case .unstarred(_, let message): mark(message, isStarred: false)
        case .hidden(_, let message):
            if hidden.count >= Self.entriesMax { hidden.removeAll() }
            hidden.insert(message)
        case .privacy, .contactAdded, .contactRemoved, .deviceAdded, .deviceRemoved:
            break
        }
    }

    private mutating func mark(_ message: SubmissionID, isStarred: Bool) {
        if stars.count >= Self.entriesMax { stars.removeAll() }
        stars[message] = isStarred
    }

    /// Takes how far a conversation was read.
    mutating func read(_ conversation: ConversationID, upTo seq: UInt64) {
        guard seq > readSeqs[conversation] ?? 0 else { return }
        if readSeqs.count >= Self.entriesMax { readSeqs.removeAll() }
        readSeqs[conversation] = seq
    }

    /// Forgets what was told by events: some were missed.
    mutating func missed() {
        preferences = [:]
        stars = [:]
    }

    /// How the account has a conversation of the list.
    func preferences(of summary: ConversationSummary) -> ConversationPreferences {
        var result = summary.preferences
        if let told = preferences[summary.conversationID] { result.apply(told) }
        return result
    }

    /// How many messages of a conversation of the list are new.
    func unread(of summary: ConversationSummary) -> UInt64 {
        let read = readSeq(of: summary.conversationID)
        return read > summary.readSeq && read >= summary.lastSeq ? 0 : summary.unread
    }

    /// How far a conversation was read; 0: not known.
    func readSeq(of conversation: ConversationID) -> UInt64 { readSeqs[conversation] ?? 0 }

    /// Whether a message is marked; `nil`: no event has told it.
    func isStarred(_ message: SubmissionID) -> Bool? { stars[message] }

    /// Whether the account does not want to see a message.
    func isHidden(_ message: SubmissionID) -> Bool { hidden.contains(message) }
}
