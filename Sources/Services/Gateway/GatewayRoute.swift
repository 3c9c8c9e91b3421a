import Accounts
import HTTPTypes
import Hummingbird
import Web

/// One call: where it is, who may make it, and what is done.
struct GatewayRoute: Sendable {
    typealias Access = GatewayCall.Access

    /// What comes of a call.
    enum Effect: Sendable {
        /// Something of its own.
        case other
        /// Something is put to the router.
        case action
        /// The caller's account changes.
        case personal
    }

    typealias Handler =
        @Sendable (GatewayRoutes, Request, BasicRequestContext) async throws -> Response

    let method: HTTPRequest.Method
    /// With `{name}` where something is named.
    let path: String
    let access: Access
    let effect: Effect
    let handler: Handler

    init(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ access: Access,
        _ effect: Effect = .other,
        _ handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.effect = effect
        self.handler = handler
    }

    /// A call that puts something to the router: it is answered 202 when the log has it.
    static func action(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ proposal: @escaping @Sendable (ActionCall) throws(Problem) -> Proposal
    ) -> GatewayRoute {
        GatewayRoute(method, path, .bearer, .action) { routes, request, context in
            try await routes.act(request, context, proposal)
        }
    }

    /// A call by which an account changes something about itself: it is answered 202 when the log has it.
    static func personal(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ change: @escaping @Sendable (PersonalCall) throws(Problem) -> AccountChange
    ) -> GatewayRoute {
        GatewayRoute(method, path, .bearer, .personal) { routes, request, context in
            try await routes.change(request, context, change)
        }
    }
}
