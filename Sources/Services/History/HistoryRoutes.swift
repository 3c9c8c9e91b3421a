import Events
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Stores
import Web

/// History's calls over HTTP: the token, the parameters, the answer.
struct HistoryRoutes: Sendable {
    let stores: StoreHandle
    let reads: ReadQueue
    let tokens: TokenAuthority

    func router() -> Router<BasicRequestContext> {
        let router = WebRouter.make()
        router.get("/v1/conversations") { request, context in
            try await answer(request, context) { api, account, parameter in
                try api.conversations(of: account, parameter)
            }
        }
        router.get("/v1/conversations/{id}/events") { request, context in
            let id = context.parameters.get("id") ?? ""
            return try await answer(request, context) { api, account, parameter in
                try api.events(in: id, of: account, parameter)
            }
        }
        router.get("/v1/messages/{id}/receipts") { request, context in
            let id = context.parameters.get("id") ?? ""
            return try await answer(request, context) { api, account, _ in
                try api.receipts(of: id, visibleTo: account)
            }
        }
        router.refuseOtherMethods("/v1/conversations", allowed: [.get])
        router.refuseOtherMethods("/v1/conversations/{id}/events", allowed: [.get])
        router.refuseOtherMethods("/v1/messages/{id}/receipts", allowed: [.get])
        return router
    }

    private func answer(
        _ request: Request,
        _ context: BasicRequestContext,
        _ body:
            @escaping @Sendable (HistoryAPI, AccountID, HistoryAPI.Parameters) throws -> [UInt8]
    ) async throws -> Response {
        let identity = try await tokens.identity(of: request)
        var parameters: [String: String] = [:]
        for (name, value) in request.uri.queryParameters where parameters[String(name)] == nil {
            parameters[String(name)] = String(value)
        }
        let known = parameters
        let stores = stores
        do {
            let bytes = try await reads.run {
                try body(HistoryAPI(store: try stores.current()), identity.account) { known[$0] }
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
