import Configuration
import Events
import HTTPTypes
import Hummingbird
import Ingest
import Logging
import ServiceKit
import Web

/// The gateway's calls (docs/openapi.yaml).
struct GatewayRoutes: Sendable {
    let ingest: Ingest
    /// Issues tokens.
    let tokens: TokenAuthority
    /// Verifies them.
    let verifier: DeviceTokenVerifier
    let accounts: AccountLog
    let registrations: RegistrationDesk
    let links: LinkDesk
    let changes = ChangeDesk()
    let routes: RouteTable
    let directory: ServiceDirectory
    let clock: any WallClock

    /// The calls of a service with this configuration.
    init(
        _ context: ServiceContext,
        log: any SubmissionLog,
        keys: InstallationKeys,
        devices: DeviceRegistry,
        routes: RouteTable
    ) {
        let ids = UUIDv7Generator(clock: context.clock)
        self.init(
            ingest: Ingest(
                log: log,
                directoryKey: keys.directoryKey,
                clock: context.clock,
                ids: ids,
                logger: context.logger
            ),
            tokens: TokenAuthority(keys: keys, clock: context.clock),
            accounts: AccountLog(log: log, clock: context.clock, devices: devices),
            sender: FileVerificationSender(path: context.dataDirectory + "/verification.jsonl"),
            routes: routes,
            directory: ServiceDirectory(context),
            clock: context.clock,
            ids: ids,
            logger: context.logger
        )
    }

    /// The calls over these parts.
    init(
        ingest: Ingest,
        tokens: TokenAuthority,
        accounts: AccountLog,
        sender: any VerificationSender,
        routes: RouteTable,
        directory: ServiceDirectory,
        clock: any WallClock,
        ids: UUIDv7Generator,
        logger: Logger
    ) {
        let devices = DeviceDesk(accounts: accounts)
        self.ingest = ingest
        self.tokens = tokens
        verifier = DeviceTokenVerifier(authority: tokens, devices: accounts.devices)
        self.accounts = accounts
        registrations = RegistrationDesk(
            devices: devices,
            sender: sender,
            names: ingest.names,
            clock: clock,
            ids: ids,
            logger: logger
        )
        links = LinkDesk(devices: devices, tokens: tokens, clock: clock, ids: ids)
        self.routes = routes
        self.directory = directory
        self.clock = clock
    }

    /// Who sends a request, by its `Authorization` header.
    ///
    /// - Throws: `Problem`, as `DeviceTokenVerifier.verify`.
    func identity(of request: Request) async throws(Problem) -> Identity {
        guard let token = try request.bearerToken() else { throw .unauthenticated }
        return try await verifier.verify(accessToken: token)
    }

    /// Who sends a request, and its body; asked for the token before the body is read, and whether it is still good after that.
    func caller(of request: Request) async throws -> (Identity, JSONObject) {
        let identity = try await identity(of: request)
        let body = try await request.optionalJSONBody()
        return (try verifier.admit(identity), body)
    }

    /// A router that serves them.
    func router() -> Router<BasicRequestContext> {
        let router = WebRouter.make()
        var methods: [String: [HTTPRequest.Method]] = [:]
        for route in Self.table {
            methods[route.path, default: []].append(route.method)
            router.on(RouterPath(route.path), method: route.method) { request, context in
                try await route.handler(self, request, context)
            }
        }
        for (path, methods) in methods {
            router.refuseOtherMethods(RouterPath(path), allowed: methods)
        }
        return router
    }
}
