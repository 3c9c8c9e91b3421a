public import Events

/// A message as one account sees it, with who has reacted to it and, for its author, who has it.
public struct MessageDetail: Equatable, Sendable {
    /// An account's reaction.
    public struct Reaction: Hashable, Sendable {
        /// Who.
        public var account: AccountID
        /// What the account is called, if it has said so.
        public var name: String?
        /// The emoji.
        public var emoji: String
    }

    /// So many reactions are told of; how many there are is in the message's `state`.
    public static let reactionsMax = 100

    /// The message.
    public var event: PageEvent
    /// The asking account's own reaction, then others', by account; in a channel, for who does not run it, and for who has left, its own alone.
    public var reactions: [Reaction]
    /// The first page of who has it; `nil` for who is not the author.
    public var receipts: MessageReceipts?
}
