public import Events

/// What became of a message since it was posted, as history pages tell it.
public struct MessageUpdates: Sendable, Hashable {
    /// How often an emoji was given.
    public struct Reaction: Sendable, Hashable {
        /// The emoji.
        public var emoji: String
        /// By so many accounts.
        public var count: UInt64

        /// A reaction of its parts.
        public init(emoji: String, count: UInt64) {
            self.emoji = emoji
            self.count = count
        }
    }

    /// When it was last edited.
    public var editedAt: Timestamp?
    /// The most frequent reactions, most frequent first.
    public var reactions: [Reaction] = []
    /// One's own reaction.
    public var ownReaction: String?
    /// The votes for each option of a poll.
    public var votes: [UInt64] = []
    /// The places of the options that one voted for.
    public var ownVotes: [Int] = []
    /// Whether one has marked it for oneself.
    public var isStarred = false

    /// Of a message that nothing has become of.
    public init() {}
}
