public import Crypto
public import EventLog
public import Events
public import Logging
public import Web

/// A request to post a message, as it is written in JSON by `POST /v1/messages` and by `submit` frames.
public struct MessageRequest: Sendable, Equatable {
    /// The id chosen by the device; `nil`: one is made.
    public var id: String?
    /// An account id, a phone number or an e-mail address.
    public var recipient: String?
    /// A conversation id.
    public var recipientGroup: String?
    /// The text.
    public var message: String?
    /// What the device's clock said, in milliseconds since 1970 UTC.
    public var clientTimestamp: Int64?

    /// A request of its parts.
    public init(
        id: String? = nil, recipient: String? = nil, recipientGroup: String? = nil,
        message: String? = nil, clientTimestamp: Int64? = nil
    ) {
        self.id = id
        self.recipient = recipient
        self.recipientGroup = recipientGroup
        self.message = message
        self.clientTimestamp = clientTimestamp
    }
}

/// The log has it.
public struct Accepted: Sendable, Equatable {
    /// The message's id.
    public let messageID: SubmissionID
    /// The conversation it went to.
    public let conversationID: ConversationID
    /// When it was taken.
    public let serverTimestamp: Timestamp
}

/// Takes what devices ask for: validates, stamps the time, appends to `submissions`.
///
/// The one way in, for the gateway's POST and delivery's `submit` alike. Nothing is buffered beyond the producer's bounds.
public final class Ingest: Sendable {
    /// Takes requests into the log behind `producer`.
    public init(
        producer: EventProducer, directoryKey: SymmetricKey, clock: any WallClock,
        ids: UUIDv7Generator, logger: Logger
    ) {
        fatalError("Ingest")
    }

    /// Validates and appends; calls back once, when the log has the submission or it is refused.
    ///
    /// Never blocks. `reply` runs on the calling thread (refused) or on the producer's (after the report); it must not block.
    /// A report that does not come within 1.5 s is answered `log_unavailable` (503), its outcome unknown: sending the same id again
    /// settles it.
    public func submit(
        _ request: MessageRequest, from identity: Identity,
        reply: @escaping @Sendable (Result<Accepted, Problem>) -> Void
    ) {
        fatalError("Ingest")
    }

    /// The same for tasks.
    public func submit(_ request: MessageRequest, from identity: Identity)
        async throws(Problem) -> Accepted
    {
        fatalError("Ingest")
    }
}
