/// The processes of Martlet, and where each listens.
public enum ServiceName: String, CaseIterable, Sendable {
    /// The embedded log.
    case broker
    /// Takes what clients send.
    case gateway
    /// Decides and numbers.
    case router
    /// Holds the WebSockets.
    case delivery
    /// Computes ticks.
    case receipts
    /// Builds the hot store.
    case persistence
    /// Notifies who is away.
    case push
    /// Serves the hot store.
    case history

    /// The first port, unless configured: all others follow from it.
    public static let portBaseDefault = 8080
    /// The embedded broker's port when no port base is given.
    public static let brokerPortDefault = 9092

    /// The name of the executable.
    public var executable: String { "martlet-\(rawValue)" }

    /// The port that clients use; `nil` for a service that has none.
    ///
    /// Gateway N, history N+1, delivery N+2, (media N+3,) broker N+10, or 9092 without a port base.
    public func port(base: Int?) -> Int? {
        let first = base ?? Self.portBaseDefault
        switch self {
        case .gateway: return first
        case .history: return first + 1
        case .delivery: return first + 2
        case .broker: return base.map { $0 + 10 } ?? Self.brokerPortDefault
        case .router, .receipts, .persistence, .push: return nil
        }
    }

    /// The port of `/healthz`, `/readyz` and `/metrics`: N+20 and following, in the order of the cases.
    public func adminPort(base: Int?) -> Int {
        (base ?? Self.portBaseDefault) + 20 + (Self.allCases.firstIndex(of: self) ?? 0)
    }
}
