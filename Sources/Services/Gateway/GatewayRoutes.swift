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
    let clock: any WallClock

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
        clock = context.clock
    }

    /// The calls over these parts.
    init(
        ingest: Ingest,
        tokens: TokenAuthority,
        registrations: RegistrationDesk,
        routes: RouteTable,
        directory: ServiceDirectory,
        clock: any WallClock
    ) {
        self.ingest = ingest
        self.tokens = tokens
        self.registrations = registrations
        self.routes = routes
        self.directory = directory
        self.clock = clock
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
