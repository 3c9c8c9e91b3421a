public import Events

/// What one device's "is typing" is worth telling: once per conversation and interval while it goes on, its end at once.
///
/// An end is told only of what was told to have begun, and a beginning not sooner than an interval after the last: so however often a
/// device starts and stops, a conversation hears of it at most twice in an interval.
public struct TypingThrottle: Sendable {
    /// Conversations that are remembered at most.
    public static let conversationsMax = 16

    private struct Told {
        var at: Duration
        var isOn: Bool
    }

    private let interval: Duration
    private var told: [ConversationID: Told] = [:]

    /// A throttle that has told nothing.
    public init(interval: Duration) {
        self.interval = interval
    }

    /// Conversations that are remembered.
    var count: Int { told.count }

    /// Whether to tell that the person types, or has stopped; if so, it counts as told.
    public mutating func admits(
        _ conversation: ConversationID,
        isOn: Bool,
        now: Duration
    ) -> Bool {
        if isOn {
            if let last = told[conversation], now - last.at < interval { return false }
            makeRoom(now)
            told[conversation] = Told(at: now, isOn: true)
            return true
        }
        guard told[conversation]?.isOn == true else { return false }
        told[conversation]?.isOn = false
        return true
    }

    private mutating func makeRoom(_ now: Duration) {
        guard told.count >= Self.conversationsMax else { return }
        told = told.filter { now - $0.value.at < interval }
        guard told.count >= Self.conversationsMax,
            let oldest = told.min(by: { $0.value.at < $1.value.at })
        else { return }
        told[oldest.key] = nil
    }
}
