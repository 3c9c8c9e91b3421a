public import Events

/// What the server says over the socket (docs/DESIGN.md, "WebSocket").
public enum ServerFrame: Sendable, Equatable {
    /// The session is open; the position is where it starts.
    case welcome(account: AccountID, device: DeviceID, position: InboxPosition)
    /// Something happened; after it the device is at this position.
    case event(InboxPosition, ServerEvent)
    /// The log has what was submitted.
    case accepted(AcceptedMessage)
    /// What was submitted was refused.
    case rejected(id: SubmissionID, code: String, detail: String)
    /// Older than what the server keeps here: fetch from history, then go on from this position.
    case gap(InboxPosition)
    /// Something that holds for a moment.
    case signal(Signal)
    /// The server complains about a frame.
    case error(code: String, detail: String)
    /// Of a type that this client does not know, or without what its type must have.
    case other(type: String)
}
