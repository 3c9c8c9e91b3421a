public import Conversations

/// An event as it is shown to an account now.
public struct PageEvent: Equatable, Sendable {
    /// What happened, with the content that the message has now.
    ///
    /// A message that was edited says its newest text, and so do the events of its editing. Of a message that is gone the content is empty.
    public var event: TimelineEvent
    /// What became of the message that it posts or changes the content of; `nil` for other events.
    public var state: MessageState?

    /// An event with what became of its message.
    public init(event: TimelineEvent, state: MessageState?) {
        self.event = event
        self.state = state
    }
}
