import Accounts
import Events
import Hummingbird
import Ingest
import Web

/// What an account changes about itself, and its devices.
extension GatewayRoutes {
    /// Takes a change of what is the caller's own.
    func change(
        _ request: Request,
        _ context: BasicRequestContext,
        _ change: @Sendable (PersonalCall) throws(Problem) -> AccountChange
    ) async throws -> Response {
        let (identity, body) = try await caller(of: request)
        let call = PersonalCall(
            identity: identity,
            body: body,
            parameters: context.parameters,
            query: request.uri.queryParameters,
            names: ingest.names,
            devices: accounts.devices
        )
        let wanted = try change(call)
        // All that follow `accounts` read every change for ever; whoever takes a device away must always be able to.
        if case .deviceRemoved = wanted {
        } else {
            try changes.admit(identity.account, at: clock.now())
        }
        let time = try await accounts.append(
            [wanted],
            to: identity.account,
            by: identity.device
        )
        return .json(.accepted, "{\"server_timestamp\":\(time.milliseconds)}")
    }

    /// Takes a message away, from everyone or from the caller alone: two different things of one path.
    func delete(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        if request.uri.queryParameters["for"] == "me" {
            return try await change(request, context) { call throws(Problem) in try call.hide() }
        }
        return try await act(request, context) { call throws(Problem) in try call.delete() }
    }

    func beginLink(_ request: Request) async throws -> Response {
        let (identity, _) = try await caller(of: request)
        let (token, expires) = try await links.begin(by: identity)
        return .json(
            .created,
            "{\"link_token\":\"\(token)\",\"expires_at\":\(expires.milliseconds)}"
        )
    }

    func acceptLink(_ request: Request) async throws -> Response {
        let body = try await request.jsonBody()
        guard let token = try body.string("link_token") else {
            throw Problem(.invalidField, "link_token is missing")
        }
        let identity = try await links.accept(token, deviceName: try body.name("device_name"))
        return try await .json(.created, Self.json(tokens.issue(for: identity), identity))
    }
}
