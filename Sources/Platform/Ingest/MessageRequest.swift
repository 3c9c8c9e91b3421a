public import Web

/// A request to post a message, as it is written in JSON by `POST /v1/messages` and by `submit` frames.
public struct MessageRequest: Sendable, Equatable {
    /// The id chosen by the device; `nil`: one is made.
    public var id: String?
    /// An account id, a phone number or an e-mail address.
    public var recipient: String?
    /// A conversation id.
    public var recipientGroup: String?
    /// The text, the short form of a content that is one; it counts if there is a content too.
    public var message: String?
    /// The content, with its `type`.
    public var content: JSONObject?
    /// What the device's clock said, in milliseconds since 1970 UTC.
    public var clientTimestamp: Int64?
    /// The id of the message that this one answers.
    public var replyTo: String?
    /// Ids of accounts that are addressed by name.
    public var mentions: [String] = []
    /// Whether it was said elsewhere before.
    public var isForwarded = false

    /// A request of its first parts.
    public init(
        id: String? = nil,
        recipient: String? = nil,
        recipientGroup: String? = nil,
        message: String? = nil,
        content: JSONObject? = nil,
        clientTimestamp: Int64? = nil
    ) {
        self.id = id
        self.recipient = recipient
        self.recipientGroup = recipientGroup
        self.message = message
        self.content = content
        self.clientTimestamp = clientTimestamp
    }
}
