import Events
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceKit
import Stores
import Web

/// History's calls over HTTP: the token, the parameters, the answer.
struct HistoryRoutes: Sendable {
    let stores: StoreHandle
    let reads: ReadQueue
    let tokens: TokenAuthority
    let clock: any WallClock

    func router() -> Router<BasicRequestContext> {
        let router = WebRouter.make()
        serve("/v1/conversations", router) { api, _, parameter in
            try api.conversations(parameter)
        }
        serve("/v1/conversations/{id}", router) { api, id, _ in try api.conversation(id) }
        serve("/v1/conversations/{id}/events", router) { api, id, parameter in
            try api.events(in: id, parameter)
        }
        serve("/v1/conversations/{id}/members", router) { api, id, parameter in
            try api.members(of: id, parameter)
        }
        serve("/v1/conversations/{id}/invites", router) { api, id, _ in try api.invites(to: id) }
        serve("/v1/invites/{id}", router) { api, token, _ in try api.preview(of: token) }
        serve("/v1/messages/{id}/receipts", router) { api, id, parameter in
            try api.receipts(of: id, parameter)
        }
        return router
    }

    /// What answers a call: with the `{id}` of its path, if it has one, and the parameters of its query.
    private typealias Body =
        @Sendable (HistoryAPI, String, HistoryAPI.Parameters) throws -> [UInt8]

    private func serve(
        _ path: String,
        _ router: Router<BasicRequestContext>,
        _ body: @escaping Body
    ) {
        router.get(RouterPath(path)) { request, context in
            try await answer(request, context, body)
        }
        router.refuseOtherMethods(RouterPath(path), allowed: [.get])
    }

    private func answer(
        _ request: Request,
        _ context: BasicRequestContext,
        _ body: @escaping Body
    ) async throws -> Response {
        let identity = try await tokens.identity(of: request)
        var parameters: [String: String] = [:]
        for (name, value) in request.uri.queryParameters where parameters[String(name)] == nil {
            parameters[String(name)] = String(value)
        }
        let known = parameters
        let stores = stores
        let id = context.parameters.get("id") ?? ""
        let viewer = Viewer(identity.account, at: clock.now())
        do {
            let bytes = try await reads.run {
                let api = HistoryAPI(store: try stores.current(), viewer: viewer)
                return try body(api, id) { known[$0] }
            }
            return Response(
                status: .ok,
                headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: bytes))
            )
        } catch let error as StoreError {
            context.logger.warning("the store was not read: \(error)")
            throw Problem.storeUnavailable
        }
    }
}
