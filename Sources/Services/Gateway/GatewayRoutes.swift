import Configuration
import Events
import HTTPTypes
import Hummingbird
import Ingest
import ServiceKit
import Web

/// The gateway's calls (docs/openapi.yaml).
struct GatewayRoutes: Sendable {
    let ingest: Ingest
    let tokens: TokenAuthority
    let registrations: RegistrationDesk
    let routes: RouteTable
    let directory: ServiceDirectory

    /// The calls of a service with this configuration.
    init(
        _ context: ServiceContext,
        log: any SubmissionLog,
        keys: InstallationKeys,
        routes: RouteTable
    ) {
        let ids = UUIDv7Generator(clock: context.clock)
        tokens = TokenAuthority(keys: keys, clock: context.clock)
        ingest = Ingest(
            log: log,
            directoryKey: keys.directoryKey,
            clock: context.clock,
            ids: ids,
            logger: context.logger
        )
        registrations = RegistrationDesk(
            accounts: AccountLog(log: log, clock: context.clock),
            sender: FileVerificationSender(path: context.dataDirectory + "/verification.jsonl"),
            directoryKey: keys.directoryKey,
            clock: context.clock,
            ids: ids,
            logger: context.logger
        )
        self.routes = routes
        directory = ServiceDirectory(context)
    }

    /// The calls over these parts.
    init(
        ingest: Ingest,
        tokens: TokenAuthority,
        registrations: RegistrationDesk,
        routes: RouteTable,
        directory: ServiceDirectory
    ) {
        self.ingest = ingest
        self.tokens = tokens
        self.registrations = registrations
        self.routes = routes
        self.directory = directory
    }

    /// A router that serves them.
    func router() -> Router<BasicRequestContext> {
        let router = WebRouter.make()
        router.post("/v1/registrations") { request, _ in try await begin(request) }
        router.post("/v1/registrations/{id}/confirmation") { request, context in
            try await confirm(context.parameters.get("id") ?? "", request)
        }
        router.post("/v1/tokens") { request, _ in try await refresh(request) }
        router.post("/v1/messages") { request, _ in try await post(request) }
        router.get("/v1/connect") { request, _ in try await connect(request) }
        router.get("/.well-known/martlet") { request, _ in
            Response.json(.ok, directory.json(askedAt: request.head.authority))
        }
        router.get("/") { _, _ in
            "Martlet's gateway. GET /.well-known/martlet says where everything is.\n"
        }
        for path: RouterPath in [
            "/v1/registrations", "/v1/registrations/{id}/confirmation", "/v1/tokens",
            "/v1/messages",
        ] {
            router.refuseOtherMethods(path, allowed: [.post])
        }
        for path: RouterPath in ["/v1/connect", "/.well-known/martlet", "/"] {
            router.refuseOtherMethods(path, allowed: [.get])
        }
        return router
    }

    // MARK: Accounts

    private func begin(_ request: Request) async throws -> Response {
        let body = try await request.jsonBody()
        let begun = try await registrations.begin(try RegistrationRequest(body))
        return .json(
            .accepted,
            "{\"registration_id\":\"\(begun.id)\",\"expires_at\":\(begun.expires.milliseconds)}"
        )
    }

    private func confirm(_ id: String, _ request: Request) async throws -> Response {
        let body = try await request.jsonBody()
        guard let code = try body.string("code") else {
            throw Problem(.invalidField, "code is missing")
        }
        let identity = try await registrations.confirm(id, code: code)
        return try await .json(.created, Self.json(tokens.issue(for: identity), identity))
    }

    private func refresh(_ request: Request) async throws -> Response {
        let body = try await request.jsonBody()
        guard let token = try body.string("refresh_token") else {
            throw Problem(.invalidField, "refresh_token is missing")
        }
        let identity = try await tokens.verify(refreshToken: token)
        return try await .json(.ok, Self.json(tokens.issue(for: identity), identity))
    }

    private static func json(_ pair: TokenPair, _ identity: Identity) -> String {
        "{\"account_id\":\"\(identity.account)\",\"device_id\":\"\(identity.device)\","
            + "\"access_token\":\"\(pair.accessToken)\",\"refresh_token\":\"\(pair.refreshToken)\","
            + "\"expires_in\":\(pair.expiresIn.components.seconds)}"
    }

    // MARK: Messages

    /// Takes a message in either form: with an `Authorization` header, or with the token as `sender` in the body.
    private func post(_ request: Request) async throws -> Response {
        let identity: Identity
        let body: JSONObject
        if let token = try request.bearerToken() {
            identity = try await tokens.verify(accessToken: token)
            body = try await request.jsonBody()
        } else {
            body = try await request.jsonBody()
            guard let token = try body.string("sender", or: .unauthenticated) else {
                throw Problem.unauthenticated
            }
            identity = try await tokens.verify(accessToken: token)
        }
        let accepted = try await ingest.submit(try MessageRequest(body), from: identity)
        return .json(
            .created,
            "{\"messageId\":\"\(accepted.messageID)\","
                + "\"conversation_id\":\"\(accepted.conversationID)\",\"status\":\"success\","
                + "\"server_timestamp\":\(accepted.serverTimestamp.milliseconds)}"
        )
    }

    private func connect(_ request: Request) async throws -> Response {
        let identity = try await tokens.identity(of: request)
        let url = try routes.url(for: identity.account)
        return .json(.ok, "{\"url\":\(JSONText.quoted(url))}")
    }
}
