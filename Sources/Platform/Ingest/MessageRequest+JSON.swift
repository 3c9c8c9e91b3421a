public import Web

extension MessageRequest {
    /// Reads a message from the body of `POST /v1/messages` or a `submit` frame; members that it does not know are left alone.
    ///
    /// - Throws: `Problem` naming the member that is of the wrong type.
    public init(_ body: JSONObject) throws(Problem) {
        var text = try body.string("message", or: .invalidMessage)
        var content: JSONObject?
        if text == nil, let object = try body.object("content", or: .invalidMessage) {
            if try object.string("type", or: .invalidMessage) == "text" {
                text = try object.string("text", or: .invalidMessage)
            } else {
                content = object
            }
        }
        self.init(
            id: try body.string("id", or: .invalidID),
            recipient: try body.string("recipient", or: .invalidRecipient),
            recipientGroup: try body.string("recipient_group", or: .invalidRecipient),
            message: text,
            content: content,
            clientTimestamp: try body.integer("client_timestamp", or: .invalidClientTimestamp)
        )
        replyTo = try body.string("reply_to", or: .invalidMessage)
        mentions = try body.strings("mentions", or: .invalidMessage) ?? []
        isForwarded = try body.bool("forwarded", or: .invalidMessage) ?? false
    }
}
