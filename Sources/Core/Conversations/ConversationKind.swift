/// What sort of conversation: the numbers are those of `ConversationKind` in `common.proto`.
public enum ConversationKind: Int, Sendable {
    /// Two accounts; the conversation's id says which.
    case direct = 1
    /// Everyone may write.
    case group = 2
    /// A few write, any number read.
    case channel = 3
}
