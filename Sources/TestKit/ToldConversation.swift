public import MartletClient

/// A conversation as history tells it, page by page.
public struct ToldConversation: Sendable {
    /// The events, oldest first.
    public var events: [ServerEvent] = []
    /// What history says it can't read.
    public var missing: [MissingRange] = []

    /// Nothing.
    public init() {}

    /// The messages among the events.
    public var messages: [MessageEvent] {
        events.compactMap { event in
            guard case .message(let message) = event else { return nil }
            return message
        }
    }

    /// The events' seqs, as they come.
    public var seqs: [UInt64] {
        events.compactMap { event in
            switch event {
            case .message(let message): message.seq
            case .conversation(let change): change.seq
            case .ticks, .rejected, .read, .personal, .unknown: nil
            }
        }
    }
}
