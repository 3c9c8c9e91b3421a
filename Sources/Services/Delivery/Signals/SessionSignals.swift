import Events
import Flow

/// What one device's ephemeral frames have led to so far; made when the first comes, and used on the event loop alone.
final class SessionSignals {
    var typing: TypingThrottle
    /// Whom it watches.
    var watched: Set<AccountID> = []
    /// Frames that it may send.
    var frames: Allowance
    /// Beginnings and ends of watching that it may cause.
    var changes: Allowance
    /// A conversation is being looked up for it.
    var isLookingUp = false

    init(_ settings: DeliverySettings, now: Duration) {
        typing = TypingThrottle(interval: settings.typingInterval)
        frames = Allowance(
            burst: settings.ephemeralFramesPerSecond,
            perSecond: settings.ephemeralFramesPerSecond,
            now: now
        )
        changes = Allowance(
            burst: 2 * Limits.watchedAccountsMax,
            perSecond: settings.watchChangesPerSecond,
            now: now
        )
    }
}
