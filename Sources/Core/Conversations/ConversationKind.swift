/// What sort of conversation: the numbers are those of `ConversationKind` in `common.proto`.
public enum ConversationKind: Int, Sendable {
    /// Two accounts; the conversation's id says which.
    case direct = 1
    /// Everyone may write.
    case group = 2
    /// A few write, any number read.
    case channel = 3

    /// The word for it, as clients read it.
    public var name: String {
        switch self {
        case .direct: "direct"
        case .group: "group"
        case .channel: "channel"
        }
    }
}
