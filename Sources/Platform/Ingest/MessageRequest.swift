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
        id: String? = nil,
        recipient: String? = nil,
        recipientGroup: String? = nil,
        message: String? = nil,
        clientTimestamp: Int64? = nil
    ) {
        self.id = id
        self.recipient = recipient
        self.recipientGroup = recipientGroup
        self.message = message
        self.clientTimestamp = clientTimestamp
    }
}
