public import HTTPTypes
public import Hummingbird
import Metrics

/// Routers whose errors are problems and whose requests are counted.
public enum WebRouter {
    /// The methods that `refuseOtherMethods` knows.
    static let methods: [HTTPRequest.Method] = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace, .connect,
    ]

    /// An empty router: add routes to it, then `refuseOtherMethods` for each path.
    public static func make() -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestMiddleware())
        return router
    }
}

extension Router {
    /// Makes a path answer `method_not_allowed` to every method but those that it serves.
    public func refuseOtherMethods(_ path: RouterPath, allowed: [HTTPRequest.Method]) {
        // Whoever serves GET serves HEAD.
        let served = allowed.contains(.get) ? allowed + [.head] : allowed
        let names = served.map(\.rawValue).joined(separator: ", ")
        for method in WebRouter.methods where !served.contains(method) {
            on(path, method: method) { _, _ -> Response in
                var response = Problem(.methodNotAllowed, "this path takes \(names)").response
                response.headers[.allow] = names
                return response
            }
        }
    }
}
