/// Conversations as they are now, each with what came after a moment.
public struct SyncPage: Equatable, Sendable {
    /// A conversation.
    public struct Item: Equatable, Sendable {
        /// As it is in the list.
        public var summary: ConversationSummary
        /// What came, the newest first.
        public var events: [PageEvent]
        /// Whether more came before these.
        public var hasMore: Bool
        /// What should be among them and can't be read, the lowest first.
        public var missing: [MissingEvents]
    }

    /// Conversations, in the order of their ids.
    public var items: [Item] = []
    /// Where the pass goes on; `nil`: it is at its end.
    public var next: SyncCursor?
    /// Where the next pass begins.
    public var since: SyncCursor
}
