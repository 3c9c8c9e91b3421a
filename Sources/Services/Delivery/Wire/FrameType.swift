/// What a device may say: the `type` of a frame (docs/DESIGN.md, "WebSocket").
public enum FrameType: String, CaseIterable, Sendable {
    /// The first frame: who it is, and where it goes on.
    case hello
    /// Everything up to a position is safe on the device.
    case ack
    /// The person has seen everything up to a seq.
    case read
    /// A message.
    case submit
    /// The person types, or has stopped.
    case typing
    /// Whose presence the device wants to know.
    case watch
}
