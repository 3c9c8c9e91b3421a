import Events
import MartletClient

/// Words for what one sets for oneself alone.
enum PersonalText {
    /// What was done.
    static func done(_ request: PersonalRequest) -> String {
        switch request {
        case .setPreferences(_, let preferences): words(preferences)
        case .star: "marked; /starred lists what you marked"
        case .unstar: "not marked any more"
        case .hide: "deleted for you; others keep it"
        case .setPrivacy(let settings): lines(of: settings).joined(separator: "; ")
        case .addContact: "one of your contacts now"
        case .removeContact: "none of your contacts any more"
        case .removeDevice: "the device is signed out for good"
        }
    }

    private static func words(_ preferences: ConversationPreferences) -> String {
        var parts: [String] = []
        if let end = preferences.mutedUntil {
            parts.append(end.milliseconds == 0 ? "not muted any more" : "muted")
        }
        if let isArchived = preferences.isArchived {
            parts.append(isArchived ? "archived" : "not archived any more")
        }
        return parts.joined(separator: ", ")
    }

    /// What others may know, a line for each setting.
    static func lines(of settings: PrivacySettings) -> [String] {
        var lines: [String] = []
        if let receipts = settings.readReceipts {
            lines.append(
                receipts
                    ? "others see what you have read, and you what they have"
                    : "nobody sees what you have read, nor you what others have"
            )
        }
        if let presence = settings.presence {
            lines.append("\(who(presence)) when you are online")
        }
        return lines
    }

    private static func who(_ visibility: PrivacySettings.Visibility) -> String {
        switch visibility {
        case .everyone: "everyone sees"
        case .contacts: "your contacts see"
        case .nobody: "nobody sees"
        default: "\(visibility) see"
        }
    }
}
