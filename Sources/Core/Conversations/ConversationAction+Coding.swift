import Events
import SwiftProtobuf

extension ConversationAction {
    /// Reads a `ConversationAction`; `nil` if it is one of a later version.
    ///
    /// - Throws: `ProtobufReader.Fault` if the bytes are no message, or an identifier is not one.
    public init?(decoding bytes: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        guard let message = try? PBConversationAction(serializedBytes: Array(bytes)) else {
            throw ProtobufReader.Fault(reason: "not an action")
        }
        guard let action = try Self.action(message.action) else { return nil }
        self = action
    }

    private static func action(
        _ action: PBConversationAction.OneOf_Action?
    ) throws(ProtobufReader.Fault) -> ConversationAction? {
        switch action {
        case nil: nil
        case .create(let create):
            .create(
                profile: ProfileChange(create.profile),
                settings: ConversationSettings.Change(create.settings),
                members: try ids(create.members)
            )
        case .addMembers(let add): .addMembers(try ids(add.accounts))
        case .removeMember(let remove): .removeMember(try id(remove.accountID))
        case .leave: .leave
        case .setRole(let set):
            .setRole(try id(set.accountID), Role(rawValue: set.role.rawValue) ?? .owner)
        case .transferOwnership(let transfer): .transferOwnership(try id(transfer.accountID))
        case .setProfile(let change): .setProfile(ProfileChange(change))
        case .setSettings(let change): .setSettings(ConversationSettings.Change(change))
        case .setBan(let ban): .setBan(try id(ban.accountID), isBanned: ban.banned)
        case .createInvite(let invite): .createInvite(try id(invite.secret), Invite(invite))
        case .revokeInvite(let revoke): .revokeInvite(try id(revoke.secret))
        case .join(let join): .join(try id(join.secret))
        case .decideJoin(let decide):
            .decideJoin(try id(decide.accountID), isApproved: decide.approved)
        default: try messageAction(action)
        }
    }

    private static func messageAction(
        _ action: PBConversationAction.OneOf_Action?
    ) throws(ProtobufReader.Fault) -> ConversationAction? {
        switch action {
        case .editMessage(let edit):
            .editMessage(try id(edit.messageID), content: bytes(of: edit.content)[...])
        case .deleteMessage(let delete): .deleteMessage(try id(delete.messageID))
        case .react(let react): .react(try id(react.messageID), emoji: react.emoji)
        case .pin(let pin): .pin(try id(pin.messageID), isPinned: pin.pinned)
        case .vote(let vote): .vote(try id(vote.messageID), options: vote.options)
        case .moveLiveLocation(let move):
            .moveLiveLocation(try id(move.messageID), location: bytes(of: move.location)[...])
        case .setBlock(let block):
            .setBlock(try id(block.accountID), isBlocked: block.blocked)
        default: nil
        }
    }

    /// The message; the same for what was asked and what happened.
    public func encoded() -> [UInt8] {
        bytes(of: PBConversationAction.with { $0.action = generated })
    }

    private var generated: PBConversationAction.OneOf_Action {
        switch self {
        case .create(let profile, let settings, let members):
            .create(PBCreateConversation(profile, settings, members))
        case .addMembers(let accounts): .addMembers(.with { $0.accounts = accounts.map(data) })
        case .removeMember(let account): .removeMember(.with { $0.accountID = data(account) })
        case .leave: .leave(PBLeave())
        case .setRole(let account, let role): .setRole(PBSetRole(account, role))
        case .transferOwnership(let account):
            .transferOwnership(.with { $0.accountID = data(account) })
        case .setProfile(let change): .setProfile(change.message)
        case .setSettings(let change): .setSettings(change.message)
        case .setBan(let account, let isBanned): .setBan(PBSetBan(account, isBanned))
        case .createInvite(let secret, let invite): .createInvite(PBCreateInvite(secret, invite))
        case .revokeInvite(let secret): .revokeInvite(.with { $0.secret = data(secret) })
        case .join(let secret): .join(.with { $0.secret = data(secret) })
        case .decideJoin(let account, let isApproved):
            .decideJoin(PBDecideJoin(account, isApproved))
        case .editMessage(let id, let content): .editMessage(PBEditMessage(id, content))
        case .deleteMessage(let id): .deleteMessage(.with { $0.messageID = data(id) })
        case .react(let id, let emoji): .react(PBReact(id, emoji))
        case .pin(let id, let isPinned): .pin(PBPin(id, isPinned))
        case .vote(let id, let options): .vote(PBVote(id, options))
        case .moveLiveLocation(let id, let location):
            .moveLiveLocation(PBMoveLiveLocation(id, location))
        case .setBlock(let account, let isBlocked): .setBlock(PBSetBlock(account, isBlocked))
        }
    }
}

private func id<Kind>(
    _ bytes: some Collection<UInt8>
) throws(ProtobufReader.Fault) -> Identifier<Kind> {
    guard let id = Identifier<Kind>(bytes: bytes) else {
        throw ProtobufReader.Fault(reason: "an identifier is not 16 bytes")
    }
    return id
}

private func ids(
    _ list: [some Collection<UInt8>]
) throws(ProtobufReader.Fault) -> [AccountID] {
    var ids: [AccountID] = []
    for bytes in list { ids.append(try id(bytes)) }
    return ids
}

/// Encodes a message; only required fields, of which proto3 has none, could make that fail.
private func bytes(of message: some SwiftProtobuf.Message) -> [UInt8] {
    (try? message.serializedBytes()) ?? []
}

/// The bytes in the type that generated messages have them in; Foundation's, which the core does without.
private func data<Kind, Bytes: RangeReplaceableCollection<UInt8>>(
    _ id: Identifier<Kind>
) -> Bytes { Bytes(id.bytes) }

private func decoded<Message: SwiftProtobuf.Message>(_ bytes: ArraySlice<UInt8>) -> Message {
    (try? Message(serializedBytes: Array(bytes))) ?? Message()
}

extension PBRole {
    /// The generated form.
    init(_ role: Role) {
        self = PBRole(rawValue: role.rawValue) ?? .unspecified
    }
}

extension ProfileChange {
    init(_ message: PBSetProfile) {
        self.init(
            name: message.hasName ? message.name : nil,
            description: message.hasDescription_p ? message.description_p : nil,
            picture: message.hasPicture ? message.picture : nil
        )
    }

    var message: PBSetProfile {
        .with {
            if let name { $0.name = name }
            if let description { $0.description_p = description }
            if let picture { $0.picture = picture }
        }
    }
}

extension ConversationSettings.Change {
    init(_ message: PBSetSettings) {
        self.init()
        if message.hasPostFrom { postFrom = Role(rawValue: message.postFrom.rawValue) }
        if message.hasEditProfileFrom {
            editProfileFrom = Role(rawValue: message.editProfileFrom.rawValue)
        }
        if message.hasAddFrom { addFrom = Role(rawValue: message.addFrom.rawValue) }
        if message.hasDisappearAfterS { disappearAfterSeconds = message.disappearAfterS }
    }

    var message: PBSetSettings {
        .with {
            if let postFrom { $0.postFrom = PBRole(postFrom) }
            if let editProfileFrom { $0.editProfileFrom = PBRole(editProfileFrom) }
            if let addFrom { $0.addFrom = PBRole(addFrom) }
            if let disappearAfterSeconds { $0.disappearAfterS = disappearAfterSeconds }
        }
    }
}

extension Invite {
    init(_ message: PBCreateInvite) {
        self.init(
            expiresAt: message.expiresAtMs > 0
                ? Timestamp(milliseconds: message.expiresAtMs) : nil,
            usesMax: message.usesMax,
            needsApproval: message.needsApproval
        )
    }
}

// The generated messages of several fields, of their parts.

extension PBCreateConversation {
    fileprivate init(
        _ profile: ProfileChange,
        _ settings: ConversationSettings.Change,
        _ members: [AccountID]
    ) {
        self.init()
        self.profile = profile.message
        self.settings = settings.message
        self.members = members.map(data)
    }
}

extension PBSetRole {
    fileprivate init(_ account: AccountID, _ role: Role) {
        self.init()
        accountID = data(account)
        self.role = PBRole(role)
    }
}

extension PBSetBan {
    fileprivate init(_ account: AccountID, _ isBanned: Bool) {
        self.init()
        accountID = data(account)
        banned = isBanned
    }
}

extension PBCreateInvite {
    fileprivate init(_ secret: InviteSecret, _ invite: Invite) {
        self.init()
        self.secret = data(secret)
        expiresAtMs = invite.expiresAt?.milliseconds ?? 0
        usesMax = invite.usesMax
        needsApproval = invite.needsApproval
    }
}

extension PBDecideJoin {
    fileprivate init(_ account: AccountID, _ isApproved: Bool) {
        self.init()
        accountID = data(account)
        approved = isApproved
    }
}

extension PBEditMessage {
    fileprivate init(_ id: SubmissionID, _ content: ArraySlice<UInt8>) {
        self.init()
        messageID = data(id)
        self.content = decoded(content)
    }
}

extension PBReact {
    fileprivate init(_ id: SubmissionID, _ emoji: String) {
        self.init()
        messageID = data(id)
        self.emoji = emoji
    }
}

extension PBPin {
    fileprivate init(_ id: SubmissionID, _ isPinned: Bool) {
        self.init()
        messageID = data(id)
        pinned = isPinned
    }
}

extension PBVote {
    fileprivate init(_ id: SubmissionID, _ options: [UInt32]) {
        self.init()
        messageID = data(id)
        self.options = options
    }
}

extension PBMoveLiveLocation {
    fileprivate init(_ id: SubmissionID, _ location: ArraySlice<UInt8>) {
        self.init()
        messageID = data(id)
        self.location = decoded(location)
    }
}

extension PBSetBlock {
    fileprivate init(_ account: AccountID, _ isBlocked: Bool) {
        self.init()
        accountID = data(account)
        blocked = isBlocked
    }
}
