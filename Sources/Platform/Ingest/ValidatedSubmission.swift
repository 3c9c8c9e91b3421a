public import Conversations
public import Events
import Web

/// A submission that has passed every check that can be made without the log.
public struct ValidatedSubmission: Sendable {
    /// Its id and the device's time.
    public let head: SubmissionHead
    /// Where it belongs.
    public let conversation: ConversationID
    /// The kind of the conversation; `nil`: whichever it has.
    public let kind: ConversationKind?
    /// What is asked.
    public let request: Submission.Request

    /// A submission of its parts, which whoever makes it has checked.
    public init(
        _ head: SubmissionHead,
        conversation: ConversationID,
        kind: ConversationKind?,
        request: Submission.Request
    ) {
        self.head = head
        self.conversation = conversation
        self.kind = kind
        self.request = request
    }

    /// The value of its record in `submissions`.
    func record(from sender: Identity, at now: Timestamp) -> [UInt8] {
        Submission(
            id: head.id,
            conversation: conversation,
            kind: kind,
            sender: sender.account,
            device: sender.device,
            serverTime: now,
            clientTime: head.clientTimestamp ?? Timestamp(milliseconds: 0),
            request: request
        ).encoded()
    }
}
