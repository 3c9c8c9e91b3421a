import Events
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceKit
import Stores
import Web

/// History's calls over HTTP: the token, the parameters, the answer.
public struct HistoryRoutes: Sendable {
    let stores: StoreHandle
    let reads: ReadQueue
    let tokens: TokenAuthority
    let clock: any WallClock

    func router() -> Router<BasicRequestContext> {
        let router = WebRouter.make()
        for route in Self.table {
            let path = RouterPath(route.path)
            router.on(path, method: route.method) { request, context in
                try await answer(request, context, route)
            }
            router.refuseOtherMethods(path, allowed: [route.method])
        }
        return router
    }

    private func answer(
        _ request: Request,
        _ context: BasicRequestContext,
        _ route: HistoryRoute
    ) async throws -> Response {
        let identity = try await tokens.identity(of: request)
        var parameters: [String: String] = [:]
        for (name, value) in request.uri.queryParameters where parameters[String(name)] == nil {
            parameters[String(name)] = String(value)
        }
        let known = parameters
        let stores = stores
        let id = context.parameters.get("id") ?? ""
        let viewer = Viewer(identity.account, on: identity.device, at: clock.now())
        do {
            let bytes = try await reads.run {
                let api = HistoryAPI(store: try stores.current(), viewer: viewer)
                return try api.answer { try route.body(api, id) { known[$0] } }
            }
            return Response(
                status: .ok,
                headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: bytes))
            )
        } catch let error as StoreError {
            if error.code == .deviceRemoved { throw Problem.deviceRemoved }
            context.logger.warning("the store was not read: \(error)")
            throw Problem.storeUnavailable
        }
    }
}
