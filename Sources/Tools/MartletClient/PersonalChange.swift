public import Events

/// What an account can change for itself: nobody else is told.
public enum PersonalChange: Sendable, Hashable {
    /// It has a conversation otherwise.
    case preferences(ConversationID, ConversationPreferences)
    /// It has marked a message for itself.
    case starred(ConversationID, SubmissionID)
    /// It has taken the mark away.
    case unstarred(ConversationID, SubmissionID)
    /// It does not want to see a message again.
    case hidden(ConversationID, SubmissionID)
    /// It lets others know more or less.
    case privacy(PrivacySettings)
    /// An account is among its contacts.
    case contactAdded(AccountID)
    /// An account is among them no more.
    case contactRemoved(AccountID)
    /// A device belongs to it; the name may be empty.
    case deviceAdded(DeviceID, name: String)
    /// A device does not any more, for good.
    case deviceRemoved(DeviceID)

    /// The word for it, as events have it.
    public var kind: String {
        switch self {
        case .preferences: "preferences_changed"
        case .starred: "message_starred"
        case .unstarred: "message_unstarred"
        case .hidden: "message_hidden"
        case .privacy: "privacy_changed"
        case .contactAdded: "contact_added"
        case .contactRemoved: "contact_removed"
        case .deviceAdded: "device_added"
        case .deviceRemoved: "device_removed"
        }
    }
}
