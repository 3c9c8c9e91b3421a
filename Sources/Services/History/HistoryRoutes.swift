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
            case .export: return try await export(request, viewer)
            }
        } catch let error as StoreError {
            if error.code == .deviceRemoved { throw Problem.deviceRemoved }
            if error.code == .archiveUnreadable { throw Problem.archiveUnreadable }
            context.logger.warning("the store was not read: \(error)")
            throw Problem.storeUnavailable
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

    /// All of an account's data: made first, so that whatever goes wrong can still be said, and given up when the client is gone.
    private func export(_ request: Request, _ viewer: Viewer) async throws -> Response {
        let exports = exports
        let made = try await request.body.consumeWithCancellationOnInboundClose { _ in
            try await exports.make(for: viewer)
        }
        let size = made.export.size
        let body = ResponseBody(contentLength: size) { writer in
            var sent = 0
            while sent < size {
                let bytes = try await exports.next(of: made.export)
                guard !bytes.isEmpty else { throw ExportReader.CutShort() }
                sent += bytes.count
                // Who has all of it may ask for another at once.
                if sent == size { made.turn.end() }
                try await writer.write(ByteBuffer(bytes: bytes))
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/zip", .cacheControl: "no-store",
                .contentDisposition: "attachment; filename=\"martlet-export.zip\"",
                // Whether the client is still there was read off the connection, which is of no use after that.
                .connection: "close",
            ],
            body: body
        )
    }
}
