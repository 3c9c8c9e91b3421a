import Events
import Hummingbird
import Ingest
import Web

/// Registration and tokens.
extension GatewayRoutes {
    func begin(_ request: Request) async throws -> Response {
        let body = try await request.jsonBody()
        let begun = try await registrations.begin(try RegistrationRequest(body))
        return .json(
            .accepted,
            "{\"registration_id\":\"\(begun.id)\",\"expires_at\":\(begun.expires.milliseconds)}"
        )
    }

    func confirm(_ id: String, _ request: Request) async throws -> Response {
        let body = try await request.jsonBody()
        guard let code = try body.string("code") else {
            throw Problem(.invalidField, "code is missing")
        }
        let identity = try await registrations.confirm(id, code: code)
        return try await .json(.created, Self.json(tokens.issue(for: identity), identity))
    }

    func refresh(_ request: Request) async throws -> Response {
        let body = try await request.jsonBody()
        guard let token = try body.string("refresh_token") else {
            throw Problem(.invalidField, "refresh_token is missing")
        }
        let identity = try await verifier.verify(refreshToken: token)
        return try await .json(.ok, Self.json(tokens.issue(for: identity), identity))
    }

    static func json(_ pair: TokenPair, _ identity: Identity) -> String {
        "{\"account_id\":\"\(identity.account)\",\"device_id\":\"\(identity.device)\","
            + "\"access_token\":\"\(pair.accessToken)\",\"refresh_token\":\"\(pair.refreshToken)\","
            + "\"expires_in\":\(pair.expiresIn.components.seconds)}"
    }
}
