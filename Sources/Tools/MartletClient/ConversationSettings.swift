/// Who may do what in a conversation and how long messages stay, or a change of that: then what is `nil` stays as it is.
public struct ConversationSettings: Sendable, Hashable {
    /// The lowest role that may post.
    public var postFrom: MemberRole?
    /// The lowest role that may change name, description and picture.
    public var editProfileFrom: MemberRole?
    /// The lowest role that may add members.
    public var addFrom: MemberRole?
    /// How long a message stays, in whole seconds; zero: for ever.
    public var disappearAfter: Duration?

    /// Settings of their parts.
    public init(
        postFrom: MemberRole? = nil,
        editProfileFrom: MemberRole? = nil,
        addFrom: MemberRole? = nil,
        disappearAfter: Duration? = nil
    ) {
        self.postFrom = postFrom
        self.editProfileFrom = editProfileFrom
        self.addFrom = addFrom
        self.disappearAfter = disappearAfter
    }
}
