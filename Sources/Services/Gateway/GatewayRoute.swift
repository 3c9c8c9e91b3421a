import HTTPTypes
import Hummingbird
import Web

/// One call: where it is, who may make it, and what is done.
struct GatewayRoute: Sendable {
    /// Who may make a call.
    enum Access: Sendable {
        /// Whoever comes.
        case anyone
        /// A registered device, with its token in the `Authorization` header.
        case bearer
        /// The same, or with its token in the body.
        case bearerOrBody
    }

    typealias Handler =
        @Sendable (GatewayRoutes, Request, BasicRequestContext) async throws -> Response

    let method: HTTPRequest.Method
    /// With `{name}` where something is named.
    let path: String
    let access: Access
    let handler: Handler

    init(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ access: Access,
        _ handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.handler = handler
    }

    /// A call that puts something to the router: it is answered 202 when the log has it.
    static func action(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ proposal: @escaping @Sendable (ActionCall) throws(Problem) -> Proposal
    ) -> GatewayRoute {
        GatewayRoute(method, path, .bearer) { routes, request, context in
            try await routes.act(request, context, proposal)
        }
    }
}
