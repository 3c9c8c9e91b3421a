public import Conversations
public import Events

/// A conversation as one of those who are or were in it sees it when it is opened.
public struct ConversationDetail: Equatable, Sendable {
    /// The conversation.
    public var conversation: ConversationID
    /// Its kind; `nil`: one of a later version.
    public var kind: ConversationKind?
    /// What it is called: of a direct one the other account's name, if it has one; for who has left, as it was then.
    public var name: String?
    /// A media id; for who has left, as it was then.
    public var picture: String?
    /// What it is about; `nil` for who has left.
    public var description: String?
    /// What the account is in it; `nil` in a direct one, and for who has left.
    public var role: Role?
    /// When the account came, the last time.
    public var joinedTime: Timestamp
    /// When it left; `nil`: it is in it.
    public var leftTime: Timestamp?
    /// How many members it has; `nil` for who has left.
    public var memberCount: Int64?
    /// Who may do what, and how long messages stay; `nil` for who has left.
    public var settings: ConversationSettings?
    /// The pinned messages that the account may see, in the order in which they were pinned; none for who has left.
    public var pins: [PageEvent]
}
