public import Events

/// Messages that a search finds, newest first.
public struct SearchPage: Equatable, Sendable {
    /// A message.
    public struct Hit: Equatable, Sendable {
        /// Its conversation.
        public var conversation: ConversationID
        /// Its place there.
        public var seq: Int64
        /// The message as the account sees it; `nil`: it is in an archive that can't be read.
        public var event: PageEvent?
    }

    /// What was found; may be fewer than asked for, or nothing, though the list goes on.
    public var hits: [Hit] = []
    /// Where the list goes on; `nil`: there is no more.
    public var next: SearchCursor?
    /// Whether everything that was said in the account's conversations is indexed.
    public var isComplete = true
}
