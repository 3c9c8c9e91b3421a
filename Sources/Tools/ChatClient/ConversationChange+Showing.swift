import MartletClient

extension ConversationChange {
    /// Whether it is shown by a line of its own, and not at the message that it happened to.
    var isShown: Bool {
        switch self {
        case .edited, .deleted, .reaction, .voted, .locationMoved: false
        default: true
        }
    }

    /// Whether it says what the message is from now on, so that doing it twice is doing it once.
    var isReplacing: Bool {
        switch self {
        case .edited, .deleted, .locationMoved: true
        default: false
        }
    }

    /// Whether whoever asked for it goes to the conversation by it.
    var leadsThere: Bool {
        switch self {
        case .created, .memberJoined: true
        default: false
        }
    }
}
