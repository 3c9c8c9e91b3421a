public import Events

/// Something that an account wants to be different for itself: one of the gateway's calls (docs/openapi.yaml).
///
/// Each says what is to hold from now on, so that it can be made again without harm. That it was answered means that the log has it; the
/// account's devices, this one too, are told by an event.
public enum PersonalRequest: Sendable, Hashable {
    /// To have a conversation otherwise; at least one of the preferences is given.
    case setPreferences(ConversationID, ConversationPreferences)
    /// To mark a message.
    case star(ConversationID, SubmissionID)
    /// To take the mark away.
    case unstar(ConversationID, SubmissionID)
    /// Not to see a message again; others keep it.
    case hide(ConversationID, SubmissionID)
    /// To let others know more or less; at least one of the settings is given.
    case setPrivacy(PrivacySettings)
    /// To have an account among the contacts, by its id, phone number or e-mail address.
    case addContact(String)
    /// To have it there no more.
    case removeContact(String)
    /// To end a device of the account, this one too, for good.
    case removeDevice(DeviceID)
}
