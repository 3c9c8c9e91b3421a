import MartletClient

extension ConversationChange {
    /// Whether it is shown by a line of its own, and not at the message that it happened to.
    var isShown: Bool {
        switch self {
        case .edited, .deleted, .reaction, .voted, .locationMoved: false
        default: true
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
