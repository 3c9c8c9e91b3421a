import HTTPTypes

/// One of the gateway's calls, as whoever wants to hold something against every call needs it.
public struct GatewayCall: Hashable, Sendable {
    /// Who may make a call.
    public enum Access: Sendable {
        /// Whoever comes.
        case anyone
        /// A registered device, with its token in the `Authorization` header.
        case bearer
        /// The same, or with its token in the body.
        case bearerOrBody
    }

    /// The method, in capitals.
    public let method: String
    /// With `{name}` where something is named.
    public let path: String
    /// Who may make it.
    public let access: Access

    /// Every call there is, from the table by which they are registered.
    public static let all: [GatewayCall] = GatewayRoutes.table.map {
        GatewayCall(method: $0.method.rawValue, path: $0.path, access: $0.access)
    }
}
