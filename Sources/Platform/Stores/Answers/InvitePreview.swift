public import Conversations
public import Events

/// What somebody who has a link sees of where it leads.
public struct InvitePreview: Equatable, Sendable {
    /// The conversation.
    public var conversation: ConversationID
    /// Its kind; `nil`: one of a later version.
    public var kind: ConversationKind?
    /// What it is called.
    public var name: String
    /// A media id; empty: none.
    public var picture: String
    /// How many members it has.
    public var memberCount: Int64
    /// Whether who comes waits for a decision.
    public var needsApproval: Bool
}
