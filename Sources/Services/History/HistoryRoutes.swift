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
    let desk: StoreDesk
    let kept: KeptAnswers
    let exports: Exports
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
        let viewer = Viewer(identity.account, on: identity.device, at: clock.now())
        do {
            switch route.answer {
            case .json(let body):
                let call = Call(request, context)
                return Self.response(
                    try await desk.answer(for: viewer) { try call.answer($0, $1, body) }
                )
            case .kept(let body):
                let call = Call(request, context)
                return Self.response(
                    try await kept.answer(to: call.name, for: viewer) { store, viewer in
                        try call.answer(store, viewer, body)
                    }
                )
            case .export: return try await export(request, context, viewer)
            }
        } catch let error as StoreError {
            throw Self.problem(error, context.logger)
        }
    }

    /// What a client is told of an error of the store.
    static func problem(_ error: StoreError, _ logger: Logger) -> Problem {
        switch error.code {
        case .deviceRemoved: return .deviceRemoved
        case .archiveUnreadable: return .archiveUnreadable
        default:
            logger.warning("the store was not read: \(error)")
            return .storeUnavailable
        }
    }

    /// What a request asks.
    private struct Call: Sendable {
        let path: String
        let id: String
        var parameters: [String: String] = [:]

        init(_ request: Request, _ context: BasicRequestContext) {
            path = request.uri.path
            id = context.parameters.get("id") ?? ""
            for (name, value) in request.uri.queryParameters
            where parameters[String(name)] == nil {
                parameters[String(name)] = String(value)
            }
        }

        /// The same for the same question.
        var name: [String] {
            [path] + parameters.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        }

        func answer<Answer>(
            _ store: any HotStoreReader,
            _ viewer: Viewer,
            _ body: (HistoryAPI, String, HistoryAPI.Parameters) throws -> Answer
        ) throws -> Answer {
            let api = HistoryAPI(store: store, viewer: viewer)
            let parameters = parameters
            return try api.answer { try body(api, id) { parameters[$0] } }
        }
    }

    private static func response(_ bytes: [UInt8]) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
