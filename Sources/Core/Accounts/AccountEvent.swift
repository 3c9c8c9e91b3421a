public import Events
import SwiftProtobuf

/// A record of `accounts`.
public struct AccountEvent: Equatable, Sendable {
    /// Whose.
    public var account: AccountID
    /// Which device asked; `nil`: none was registered yet.
    public var device: DeviceID?
    /// When the gateway took it.
    public var serverTime: Timestamp
    /// What holds from now on.
    public var change: AccountChange

    /// An event of its parts.
    public init(
        account: AccountID,
        device: DeviceID?,
        serverTime: Timestamp,
        change: AccountChange
    ) {
        self.account = account
        self.device = device
        self.serverTime = serverTime
        self.change = change
    }
}

/// What an account changes about itself.
public enum AccountChange: Equatable, Sendable {
    /// It was confirmed; an empty name changes none.
    case registered(name: String)
    /// A device belongs to it from now on.
    case deviceAdded(DeviceID, name: String)
    /// A device does not any more, for good.
    case deviceRemoved(DeviceID)
    /// It wants a conversation otherwise.
    case preferences(ConversationID, PreferencesChange)
    /// It marks a message for itself, or no longer.
    case star(ConversationID, SubmissionID, isStarred: Bool)
    /// It does not want to see a message again.
    case hide(ConversationID, SubmissionID)
    /// It lets others know more or less.
    case privacy(Privacy.Change)
    /// Another account is among its contacts, or no longer.
    case contact(AccountID, isContact: Bool)
    /// Something of a later version.
    case unknown
}

/// What an account wants to be different in how it has a conversation; `nil` stays as it is.
public struct PreferencesChange: Equatable, Sendable {
    /// No notifications before then; 0: not muted.
    public var mutedUntil: Timestamp?
    /// Whether it is put away.
    public var isArchived: Bool?

    /// A change of its parts.
    public init(mutedUntil: Timestamp? = nil, isArchived: Bool? = nil) {
        self.mutedUntil = mutedUntil
        self.isArchived = isArchived
    }
}

extension AccountEvent {
    /// Why bytes are no account's record.
    public struct Malformed: Error, Equatable, Sendable {
        /// What is wrong, without the bytes.
        public let reason: String
    }

    /// Reads a record's value.
    public init(decoding bytes: [UInt8]) throws(Malformed) {
        guard let record = try? PBAccountRecord(serializedBytes: bytes) else {
            throw Malformed(reason: "not an AccountRecord")
        }
        try self.init(record)
    }

    /// Reads a record.
    public init(_ record: PBAccountRecord) throws(Malformed) {
        account = try Self.id(record.accountID, "account_id")
        device = record.deviceID.isEmpty ? nil : try Self.id(record.deviceID, "device_id")
        serverTime = Timestamp(milliseconds: record.serverTimeMs)
        change = try Self.change(record)
    }

    private static func change(_ record: PBAccountRecord) throws(Malformed) -> AccountChange {
        switch record.record {
        case .registered(let registered): return .registered(name: registered.name)
        case .deviceAdded(let added):
            return .deviceAdded(try id(added.deviceID, "device_id"), name: added.deviceName)
        case .deviceRemoved(let removed):
            return .deviceRemoved(try id(removed.deviceID, "device_id"))
        case .setPreferences(let wanted):
            let change = PreferencesChange(
                mutedUntil: wanted.hasMutedUntilMs
                    ? Timestamp(milliseconds: wanted.mutedUntilMs) : nil,
                isArchived: wanted.hasArchived ? wanted.archived : nil
            )
            return .preferences(try id(wanted.conversationID, "conversation_id"), change)
        case .setStar(let star):
            return .star(
                try id(star.conversationID, "conversation_id"),
                try id(star.messageID, "message_id"),
                isStarred: star.starred
            )
        case .hideMessage(let hidden):
            return .hide(
                try id(hidden.conversationID, "conversation_id"),
                try id(hidden.messageID, "message_id")
            )
        case .setPrivacy(let privacy): return try change(privacy)
        case .setContact(let contact):
            return .contact(try id(contact.accountID, "account_id"), isContact: contact.contact)
        case nil: return .unknown
        }
    }

    private static func change(_ privacy: PBSetPrivacy) throws(Malformed) -> AccountChange {
        var change = Privacy.Change()
        if privacy.hasReadReceipts { change.readReceipts = privacy.readReceipts }
        if privacy.hasPresence {
            // Who can't be told apart may not see anything.
            change.presence = Visibility(rawValue: privacy.presence.rawValue) ?? .nobody
        }
        return .privacy(change)
    }

    private static func id<Kind>(
        _ bytes: some Collection<UInt8>,
        _ field: StaticString
    ) throws(Malformed) -> Identifier<Kind> {
        guard let id = Identifier<Kind>(bytes: bytes) else {
            throw Malformed(reason: "\(field) is not 16 bytes")
        }
        return id
    }

    /// The generated types' bytes, without Foundation, whose they are.
    private static func field<Bytes: RangeReplaceableCollection<UInt8>>(_ bytes: [UInt8]) -> Bytes {
        Bytes(bytes)
    }

    /// The record's value; `unknown` has none of a kind.
    public func encoded() -> [UInt8] {
        var record = PBAccountRecord()
        record.accountID = Self.field(account.bytes)
        record.deviceID = Self.field(device?.bytes ?? [])
        record.serverTimeMs = serverTime.milliseconds
        switch change {
        case .registered(let name): record.registered.name = name
        case .deviceAdded(let device, let name):
            record.deviceAdded.deviceID = Self.field(device.bytes)
            record.deviceAdded.deviceName = name
        case .deviceRemoved(let device): record.deviceRemoved.deviceID = Self.field(device.bytes)
        case .preferences(let conversation, let change):
            record.setPreferences.conversationID = Self.field(conversation.bytes)
            if let end = change.mutedUntil {
                record.setPreferences.mutedUntilMs = end.milliseconds
            }
            if let isArchived = change.isArchived { record.setPreferences.archived = isArchived }
        case .star(let conversation, let message, let isStarred):
            record.setStar.conversationID = Self.field(conversation.bytes)
            record.setStar.messageID = Self.field(message.bytes)
            record.setStar.starred = isStarred
        case .hide(let conversation, let message):
            record.hideMessage.conversationID = Self.field(conversation.bytes)
            record.hideMessage.messageID = Self.field(message.bytes)
        case .privacy(let change):
            record.setPrivacy = PBSetPrivacy()
            if let receipts = change.readReceipts { record.setPrivacy.readReceipts = receipts }
            if let presence = change.presence {
                record.setPrivacy.presence =
                    PBVisibility(rawValue: presence.rawValue) ?? .unspecified
            }
        case .contact(let account, let isContact):
            record.setContact.accountID = Self.field(account.bytes)
            record.setContact.contact = isContact
        case .unknown: break
        }
        // Only a required field could fail, and there is none.
        return (try? record.serializedBytes()) ?? []
    }
}
