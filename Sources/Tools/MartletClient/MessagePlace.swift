public import Events

/// A message that something happened to.
public struct MessagePlace: Sendable, Hashable {
    /// Its id.
    public var messageID: SubmissionID
    /// Its place in the conversation; 0: not known any more.
    public var seq: UInt64

    /// A place of its parts.
    public init(_ messageID: SubmissionID, seq: UInt64) {
        self.messageID = messageID
        self.seq = seq
    }
}
