public import Events

/// What became of a message, as an account sees it.
public struct MessageState: Equatable, Sendable {
    /// Whether there is something to show.
    public enum Presence: Hashable, Sendable {
        /// It says what it says.
        case here
        /// It was taken back for everyone.
        case deleted
        /// It has disappeared.
        case expired
        /// It says something else since the account has left, and what it said before is not kept.
        case edited
        /// The account does not want to see it again.
        case hidden
    }

    /// How often an emoji was given.
    public struct Reaction: Hashable, Sendable {
        /// The emoji.
        public var emoji: String
        /// By so many accounts.
        public var count: Int64

        /// A reaction of its parts.
        public init(emoji: String, count: Int64) {
            self.emoji = emoji
            self.count = count
        }
    }

    /// So many different reactions are shown.
    public static let reactionsMax = 20

    /// Whether there is something to show.
    public var presence = Presence.here
    /// When it was last edited.
    public var editedTime: Timestamp?
    /// When its live location last moved.
    public var movedTime: Timestamp?
    /// The most frequent reactions, most frequent first, then in the order of their bytes; empty for who has left.
    public var reactions: [Reaction] = []
    /// The asking account's reaction.
    public var ownReaction: String?
    /// The votes for each option of a poll; empty: no poll, or the account has left.
    public var votes: [Int64] = []
    /// The options that the asking account voted for, in order.
    public var ownVotes: [Int] = []
    /// Whether the asking account has marked it for itself.
    public var isStarred = false

    /// A message that nothing has happened to.
    public init() {}

    /// Whether it is shown as it was posted, without anything added.
    public var isUntouched: Bool { self == MessageState() }
}
