public import Events

/// Something that holds for a moment, and may be lost.
public enum Signal: Sendable, Hashable {
    /// An account does something in a conversation; it has ended when that is not said again within `activityLifetime`.
    case activity(ConversationID, AccountID, Activity)
    /// Whether a watched account is there.
    case presence(AccountID, Presence)

    /// After how long without news somebody does nothing any more.
    public static let activityLifetime: Duration = .seconds(6)
}

/// What somebody does in a conversation.
public enum Activity: String, Sendable, Hashable, CaseIterable {
    /// Nothing any more.
    case idle
    /// Writes.
    case typing
    /// Speaks.
    case recording
}

/// Whether an account is there.
public enum Presence: Sendable, Hashable {
    /// It is connected.
    case online
    /// It is not, or does not show it; without a time: that is not known, or not shown.
    case offline(lastSeen: Timestamp?)
}
