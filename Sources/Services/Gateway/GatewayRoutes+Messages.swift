import Conversations
import Events
import Hummingbird
import Ingest
import Web

/// What goes into the log, and where to listen for what comes of it.
extension GatewayRoutes {
    /// Takes a message in either form: with an `Authorization` header, or with the token as `sender` in the body.
    func post(_ request: Request) async throws -> Response {
        let identity: Identity
        let body: JSONObject
        if let token = try request.bearerToken() {
            identity = try await verifier.verify(accessToken: token)
            body = try await request.jsonBody()
            try verifier.admit(identity)
        } else {
            body = try await request.jsonBody()
            guard let token = try body.string("sender", or: .unauthenticated) else {
                throw Problem.unauthenticated
            }
            identity = try await verifier.verify(accessToken: token)
        }
        let accepted = try await ingest.submit(try MessageRequest(body), from: identity)
        return .json(
            .created,
            "{\"messageId\":\"\(accepted.messageID)\","
                + "\"conversation_id\":\"\(accepted.conversationID)\",\"status\":\"success\","
                + "\"server_timestamp\":\(accepted.serverTimestamp.milliseconds)}"
        )
    }

    /// Takes anything else that is done in a conversation.
    func act(
        _ request: Request,
        _ context: BasicRequestContext,
        _ proposal: @Sendable (ActionCall) throws(Problem) -> Proposal
    ) async throws -> Response {
        let (identity, body) = try await caller(of: request)
        let call = ActionCall(
            identity: identity,
            head: try ingest.head(
                id: body.string("id", or: .invalidID),
                clientTimestamp: body.integer("client_timestamp", or: .invalidClientTimestamp)
            ),
            body: body,
            parameters: context.parameters,
            query: request.uri.queryParameters,
            names: ingest.names,
            now: clock.now()
        )
        let proposal = try proposal(call)
        let accepted = try await ingest.submit(
            ValidatedSubmission(
                call.head,
                conversation: proposal.conversation,
                kind: proposal.kind,
                request: .act(proposal.action)
            ),
            from: identity
        )
        let token = proposal.token.map { ",\"token\":\"\($0)\"" } ?? ""
        return .json(
            .accepted,
            "{\"submission_id\":\"\(accepted.messageID)\","
                + "\"conversation_id\":\"\(accepted.conversationID)\","
                + "\"server_timestamp\":\(accepted.serverTimestamp.milliseconds)\(token)}"
        )
    }

    func connect(_ request: Request) async throws -> Response {
        let identity = try await identity(of: request)
        let url = try routes.url(for: identity.account)
        return .json(.ok, "{\"url\":\(JSONText.quoted(url))}")
    }
}
