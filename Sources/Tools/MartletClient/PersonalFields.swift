import Events

/// What an event of what an account changes for itself may have.
struct PersonalFields {
    private var device: DeviceID?
    private var deviceName: String?
    private var preferences = ConversationPreferences()
    private var privacy = PrivacySettings()

    /// Reads the value of a key; `false`: it is none of these.
    ///
    /// One of another shape than was thought is as if it were not there.
    mutating func read(
        _ key: UnsafeRawBufferPointer,
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> Bool {
        if key == "device_id" {
            device = try reader.identifier()
        } else if key == "device_name" {
            deviceName = try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                try reader.string()
            }
        } else if key == "muted_until" {
            preferences.mutedUntil = try reader.tolerantly {
                (reader) throws(JSONReader.Malformed) in
                try reader.timestamp()
            }
        } else if key == "archived" {
            preferences.isArchived = try reader.bool()
        } else if key == "read_receipts" {
            privacy.readReceipts = try reader.bool()
        } else if key == "presence" {
            privacy.presence = try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                try reader.string().map { PrivacySettings.Visibility(rawValue: $0) }
            }
        } else {
            return false
        }
        return true
    }

    /// What changed; `nil`: of a kind that is not known, or without what its kind must have.
    func change(
        _ kind: String,
        _ conversation: ConversationID?,
        _ message: SubmissionID?,
        _ account: AccountID?
    ) -> PersonalChange? {
        switch kind {
        case "preferences_changed":
            preferences == ConversationPreferences()
                ? nil : conversation.map { .preferences($0, preferences) }
        case "privacy_changed": privacy == PrivacySettings() ? nil : .privacy(privacy)
        case "contact_added": account.map { .contactAdded($0) }
        case "contact_removed": account.map { .contactRemoved($0) }
        case "device_added": device.map { .deviceAdded($0, name: deviceName ?? "") }
        case "device_removed": device.map { .deviceRemoved($0) }
        default: conversation.flatMap { there in message.flatMap { change(kind, there, $0) } }
        }
    }

    private func change(
        _ kind: String,
        _ conversation: ConversationID,
        _ message: SubmissionID
    ) -> PersonalChange? {
        switch kind {
        case "message_starred": .starred(conversation, message)
        case "message_unstarred": .unstarred(conversation, message)
        case "message_hidden": .hidden(conversation, message)
        default: nil
        }
    }
}
