import Events

/// What accounts change about themselves, and how far they have read.
extension RecordDescription {
    init(_ account: PBAccountRecord) {
        let kind = Self.kind(of: account)
        self.init(kind ?? "unknown_account_record", isFault: kind == nil)
        add(id: "account_id", account.accountID)
        switch account.record {
        case .registered(let registered): add(text: "name", registered.name)
        case .deviceAdded(let added):
            add(id: "device_id", added.deviceID)
            add(text: "device_name", added.deviceName)
        case .deviceRemoved(let removed): add(id: "device_id", removed.deviceID)
        default: add(setting: account)
        }
        add(id: Self.isOfADevice(account) ? "by_device_id" : "device_id", account.deviceID)
        add(time: "server_time", account.serverTimeMs)
    }

    /// How far an account has read.
    init(_ mark: PBReadMark) {
        self.init("read_mark")
        add(id: "conversation_id", mark.conversationID)
        add(id: "account_id", mark.accountID)
        add(number: "seq", mark.seq)
        add(time: "server_time", mark.serverTimeMs)
    }

    /// The word for what changed; `nil`: nothing that is known.
    private static func kind(of account: PBAccountRecord) -> String? {
        switch account.record {
        case .registered: "registered"
        case .deviceAdded: "device_added"
        case .deviceRemoved: "device_removed"
        case .setPreferences: "set_preferences"
        case .setStar(let star): star.starred ? "star_message" : "unstar_message"
        case .hideMessage: "hide_message"
        case .setPrivacy: "set_privacy"
        case .setContact(let contact): contact.contact ? "add_contact" : "remove_contact"
        case nil: nil
        }
    }

    /// Whether the record names a device besides the one that asked.
    private static func isOfADevice(_ account: PBAccountRecord) -> Bool {
        switch account.record {
        case .deviceAdded, .deviceRemoved: true
        default: false
        }
    }

    private mutating func add(setting account: PBAccountRecord) {
        switch account.record {
        case .setPreferences(let preferences):
            add(id: "conversation_id", preferences.conversationID)
            if preferences.hasMutedUntilMs {
                // The end itself is in the JSON form; that it is 0 must be seen.
                add("muted", .word(preferences.mutedUntilMs == 0 ? "no" : "yes"))
                add(time: "muted_until", preferences.mutedUntilMs)
            }
            if preferences.hasArchived { add("archived", Self.yesOrNo(preferences.archived)) }
        case .setStar(let star):
            add(id: "conversation_id", star.conversationID)
            add(id: "message_id", star.messageID)
        case .hideMessage(let hidden):
            add(id: "conversation_id", hidden.conversationID)
            add(id: "message_id", hidden.messageID)
        case .setPrivacy(let privacy):
            if privacy.hasReadReceipts {
                add("read_receipts", Self.yesOrNo(privacy.readReceipts))
            }
            if privacy.hasPresence { add("presence", Self.visibility(privacy.presence)) }
        case .setContact(let contact): add(id: "contact_id", contact.accountID)
        default: break
        }
    }

    static func yesOrNo(_ isSo: Bool) -> Value { .word(isSo ? "yes" : "no") }

    private static func visibility(_ visibility: PBVisibility) -> Value {
        switch visibility {
        case .unspecified: .word("unspecified")
        case .everyone: .word("everyone")
        case .contacts: .word("contacts")
        case .nobody: .word("nobody")
        case .UNRECOGNIZED(let number): .word("visibility \(number)")
        }
    }
}
