public import Events

/// How an account has a conversation; in a change, what is `nil` stays as it is.
public struct ConversationPreferences: Sendable, Hashable {
    /// No notifications before then; 0: not muted.
    public var mutedUntil: Timestamp?
    /// Whether it is put away.
    public var isArchived: Bool?

    /// Preferences of their parts.
    public init(mutedUntil: Timestamp? = nil, isArchived: Bool? = nil) {
        self.mutedUntil = mutedUntil
        self.isArchived = isArchived
    }

    /// Takes a change over.
    public mutating func apply(_ change: ConversationPreferences) {
        mutedUntil = change.mutedUntil ?? mutedUntil
        isArchived = change.isArchived ?? isArchived
    }

    /// Whether there are no notifications at a moment.
    public func isMuted(at now: Timestamp) -> Bool {
        mutedUntil.map { now < $0 } ?? false
    }
}
