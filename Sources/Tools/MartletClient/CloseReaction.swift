/// What a client does about a close code (docs/DESIGN.md, "WebSocket").
enum CloseReaction: Equatable {
    /// Connect again after a while.
    case reconnect
    /// The account is served elsewhere now: ask where, at once.
    case relocate
    /// Get new tokens, once.
    case refresh
    /// Give up for good: the device was removed from its account.
    case removed
    /// Give up.
    case stop

    init(code: UInt16?) {
        switch code {
        case 4003: self = .relocate
        case 4501: self = .refresh
        case 4502: self = .removed
        case .some(4500...4999): self = .stop
        default: self = .reconnect
        }
    }
}

/// Delays that double from `minimum` to `maximum`, each shortened at random by up to a half.
struct ReconnectDelay {
    let minimum: Duration
    let maximum: Duration
    private(set) var failures = 0

    mutating func next(using random: inout any RandomNumberGenerator & Sendable) -> Duration {
        let doublings = min(failures, 16)
        failures += 1
        let full = min(minimum * (1 << doublings), maximum)
        return full * Double.random(in: 0.5...1, using: &random)
    }

    mutating func reset() {
        failures = 0
    }
}
