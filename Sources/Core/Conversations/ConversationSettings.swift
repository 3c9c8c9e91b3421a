/// Who may do what in a group or a channel, and how long messages stay.
public struct ConversationSettings: Equatable, Sendable {
    /// The lowest role that may post.
    public var postFrom: Role
    /// The lowest role that may change name, description and picture.
    public var editProfileFrom: Role
    /// The lowest role that may add members.
    public var addFrom: Role
    /// How long a message stays, in seconds; 0: for ever.
    public var disappearAfterSeconds: UInt32 = 0

    /// What a new conversation has: in a group everyone posts and adds, in a channel the admins do.
    public init(kind: ConversationKind) {
        let everyone: Role = kind == .channel ? .admin : .member
        postFrom = everyone
        editProfileFrom = .admin
        addFrom = everyone
    }

    /// The settings with a change made.
    public func changed(by change: Change) -> ConversationSettings {
        var settings = self
        settings.postFrom = change.postFrom ?? postFrom
        settings.editProfileFrom = change.editProfileFrom ?? editProfileFrom
        settings.addFrom = change.addFrom ?? addFrom
        settings.disappearAfterSeconds = change.disappearAfterSeconds ?? disappearAfterSeconds
        return settings
    }

    /// A change; what is `nil` stays as it is.
    public struct Change: Equatable, Sendable {
        /// The lowest role that may post.
        public var postFrom: Role?
        /// The lowest role that may change name, description and picture.
        public var editProfileFrom: Role?
        /// The lowest role that may add members.
        public var addFrom: Role?
        /// How long a message stays, in seconds; 0: for ever.
        public var disappearAfterSeconds: UInt32?

        /// No change.
        public init() {}

        /// Whether it changes nothing.
        public var isEmpty: Bool { self == Change() }
    }
}
