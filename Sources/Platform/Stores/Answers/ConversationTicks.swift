/// How far what an account sent in a conversation has come: what turns its ticks.
public struct ConversationTicks: Hashable, Sendable {
    /// Everything that the account sent up to here has reached every other member.
    public var deliveredSeq: Int64
    /// Everything that the account sent up to here was read by every other member; 0 if it is not told.
    public var readSeq: Int64

    /// Ticks of their parts.
    public init(deliveredSeq: Int64, readSeq: Int64) {
        self.deliveredSeq = deliveredSeq
        self.readSeq = readSeq
    }
}
