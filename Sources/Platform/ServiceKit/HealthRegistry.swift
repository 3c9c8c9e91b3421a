import Synchronization

/// What a service says of itself on `/healthz` and `/readyz`.
///
/// Alive is a process that answers; ready is one whose every named condition holds.
public final class HealthRegistry: Sendable {
    /// A condition for being ready.
    public struct Condition: Sendable, Equatable {
        /// Whether it holds.
        public let isMet: Bool
        /// Why not, or what it found; no user content.
        public let detail: String
    }

    private let state = Mutex<[String: Condition]>([:])

    /// A registry without conditions: ready.
    public init() {}

    /// Sets a condition; a new name adds one.
    public func set(_ name: String, isMet: Bool, detail: String = "") {
        state.withLock { $0[name] = Condition(isMet: isMet, detail: detail) }
    }

    /// All conditions by name.
    public var conditions: [String: Condition] { state.withLock { $0 } }

    /// Whether every condition holds.
    public var isReady: Bool { state.withLock { $0.values.allSatisfy(\.isMet) } }
}
