import Events

/// What an event that is no message may have.
struct ActionFields {
    var messageSeq: UInt64 = 0
    var members: [MemberChange] = []
    private(set) var account: AccountID?
    private var profile = ConversationProfile()
    private var settings = ConversationSettings()
    private var token: String?
    private var usesMax: UInt64 = 0
    private var needsApproval = false
    private var emoji: String?
    private var options: [Int] = []
    private var place: Place?

    /// Reads the value of a key; `false`: it is none of these.
    mutating func read(
        _ key: UnsafeRawBufferPointer,
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> Bool {
        if key == "message_seq" {
            messageSeq = try reader.unsigned() ?? 0
        } else if key == "account_id" {
            account = try reader.identifier()
        } else if key == "members" {
            members =
                try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                    try reader.elements(Self.member)
                } ?? []
        } else if key == "emoji" {
            emoji = try reader.string()
        } else if key == "options" {
            options =
                try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                    try reader.elements(Self.option)
                } ?? []
        } else if key == "location" {
            place = try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                try Place(reading: &reader)
            }
        } else {
            return try readConversation(key, &reader)
        }
        return true
    }

    private mutating func readConversation(
        _ key: UnsafeRawBufferPointer,
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> Bool {
        if key == "name" {
            profile.name = try reader.string()
        } else if key == "description" {
            profile.description = try reader.string()
        } else if key == "picture" {
            profile.picture = try reader.string()
        } else if key == "settings" {
            settings =
                try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                    try ConversationSettings(reading: &reader)
                } ?? ConversationSettings()
        } else if key == "token" {
            token = try reader.string()
        } else if key == "uses_max" {
            usesMax = try reader.unsigned() ?? 0
        } else if key == "needs_approval" {
            needsApproval = try reader.bool() ?? false
        } else {
            return false
        }
        return true
    }

    /// A place of an option, from 0.
    static func option(_ reader: inout JSONReader) throws(JSONReader.Malformed) -> Int? {
        try reader.unsigned().flatMap { Int(exactly: $0) }
    }

    private static func member(
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> MemberChange? {
        var account: AccountID?
        var role: MemberRole?
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "account_id" {
                account = try reader.identifier()
            } else if key == "role" {
                role = try reader.role()
            } else {
                try reader.skipValue()
            }
        }
        return account.map { MemberChange($0, role) }
    }

    // MARK: What it says

    /// What happened; `nil`: of a kind that is not known, or without what its kind must have.
    func change(
        _ kind: String,
        _ message: MessagePlace?,
        _ content: MessageContent?,
        expiresAt: Timestamp?
    ) -> ConversationChange? {
        switch kind {
        case "created": .created(profile, settings)
        case "profile_changed": .profileChanged(profile)
        case "settings_changed": .settingsChanged(settings)
        case "members_added": .membersAdded
        case "member_removed": .memberRemoved
        case "member_left": .memberLeft
        case "role_changed": .roleChanged
        case "ownership_transferred": .ownershipTransferred
        case "join_requested": .joinRequested
        case "member_joined": .memberJoined
        case "invite_created":
            token.map {
                .inviteCreated(
                    ConversationInvite(
                        token: $0,
                        expiresAt: expiresAt,
                        usesMax: usesMax,
                        needsApproval: needsApproval
                    )
                )
            }
        case "invite_revoked": token.map { .inviteRevoked(token: $0) }
        default:
            account.flatMap { change(kind, $0) } ?? message.flatMap { change(kind, $0, content) }
        }
    }

    private func change(_ kind: String, _ account: AccountID) -> ConversationChange? {
        switch kind {
        case "banned": .banned(account)
        case "unbanned": .unbanned(account)
        case "join_approved": .joinApproved(account)
        case "join_declined": .joinDeclined(account)
        case "blocked": .blocked(account)
        case "unblocked": .unblocked(account)
        default: nil
        }
    }

    private func change(
        _ kind: String,
        _ message: MessagePlace,
        _ content: MessageContent?
    ) -> ConversationChange? {
        switch kind {
        case "edited": content.map { .edited(message, $0) }
        case "deleted": .deleted(message)
        case "reaction": .reaction(message, emoji: emoji ?? "")
        case "pinned": .pinned(message)
        case "unpinned": .unpinned(message)
        case "voted": .voted(message, options: options)
        case "location_moved": place.map { .locationMoved(message, $0) }
        default: nil
        }
    }
}
