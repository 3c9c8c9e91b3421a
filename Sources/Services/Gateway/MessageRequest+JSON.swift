import Ingest
import Web

extension MessageRequest {
    /// Reads the body of `POST /v1/messages`; members that it does not know are left alone.
    ///
    /// - Throws: `Problem` naming the member that is of the wrong type.
    init(_ body: JSONObject) throws(Problem) {
        var text = try body.string("message", or: .invalidMessage)
        if text == nil, let content = body["content"] {
            guard case .object(let content) = content,
                try content.string("type", or: .invalidMessage) == "text"
            else { throw Problem(.invalidMessage, "content is of a type that is not known") }
            text = try content.string("text", or: .invalidMessage)
        }
        self.init(
            id: try body.string("id", or: .invalidID),
            recipient: try body.string("recipient", or: .invalidRecipient),
            recipientGroup: try body.string("recipient_group", or: .invalidRecipient),
            message: text,
            clientTimestamp: try body.integer("client_timestamp", or: .invalidClientTimestamp)
        )
    }
}
