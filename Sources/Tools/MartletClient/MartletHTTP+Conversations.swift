public import Events
import NIOHTTP1

extension MartletHTTP {
    /// Asks for something in a conversation; returns when the log has it.
    ///
    /// After an error that `isRetriable`, the outcome may be unknown: the same request, asked again under the same id, settles it.
    public func act(
        _ request: ConversationRequest,
        id: SubmissionID,
        clientTimestamp: Timestamp? = nil,
        token: String
    ) async throws(ClientError) -> SubmittedRequest {
        var body = JSONObjectWriter()
        body.add("id", id.description)
        if let time = clientTimestamp {
            body.add("client_timestamp", time.milliseconds)
        }
        request.write(to: &body)
        let answer = try await call(
            request.method,
            "\(server)\(request.path)",
            token: token,
            body: body.finished
        )
        let submitted = try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try SubmittedRequest(reading: &reader)
        }
        guard let submitted else {
            throw ClientError(.badResponse, "not an answer to a request")
        }
        return submitted
    }

    /// A page of a conversation's members, those of a higher role first; of a channel that one only follows: those who run it.
    ///
    /// The history service's address comes from `discover()`.
    public func members(
        of conversation: ConversationID,
        history: String,
        token: String,
        cursor: String? = nil,
        limit: Int? = nil
    ) async throws(ClientError) -> MemberPage {
        let query = Self.query([("cursor", cursor), ("limit", limit.map(String.init))])
        let answer = try await call(
            .GET,
            "\(history)/v1/conversations/\(conversation)/members\(query)",
            token: token
        )
        return try Self.decode(answer) { (reader) throws(JSONReader.Malformed) in
            try MemberPage(reading: &reader)
        }
    }
}
