public import Events

/// A link by which accounts join.
public struct ConversationInvite: Sendable, Hashable {
    /// What is in the link.
    public var token: String
    /// From then on it is of no use; `nil`: never.
    public var expiresAt: Timestamp?
    /// How often it can be used; 0: without limit.
    public var usesMax: UInt64
    /// Whether who comes waits for a decision.
    public var needsApproval: Bool

    /// An invite of its parts.
    public init(
        token: String,
        expiresAt: Timestamp? = nil,
        usesMax: UInt64 = 0,
        needsApproval: Bool = false
    ) {
        self.token = token
        self.expiresAt = expiresAt
        self.usesMax = usesMax
        self.needsApproval = needsApproval
    }
}
