import Events

extension RecordDescription {
    /// So many accounts of a list are shown; the others are counted.
    private static let accountsMax = 8

    /// The word for an action, as it was asked for or as it happened.
    static func kind(of action: PBConversationAction) -> String? {
        switch action.action {
        case .create: "create_conversation"
        case .addMembers: "add_members"
        case .removeMember: "remove_member"
        case .leave: "leave"
        case .setRole: "set_role"
        case .transferOwnership: "transfer_ownership"
        case .setProfile: "set_profile"
        case .setSettings: "set_settings"
        case .setBan(let ban): ban.banned ? "ban" : "unban"
        case .createInvite: "create_invite"
        case .revokeInvite: "revoke_invite"
        case .join: "join"
        case .decideJoin(let decide): decide.approved ? "approve_join" : "decline_join"
        case .editMessage: "edit_message"
        case .deleteMessage: "delete_message"
        case .react: "react"
        case .pin(let pin): pin.pinned ? "pin" : "unpin"
        case .vote: "vote"
        case .moveLiveLocation: "move_live_location"
        case .setBlock(let block): block.blocked ? "block" : "unblock"
        case nil: nil
        }
    }

    /// Adds what an action says.
    ///
    /// The secrets of invites are no one's business here.
    mutating func add(action: PBConversationAction) {
        switch action.action {
        case .create(let create):
            add(profile: create.profile)
            add(settings: create.settings)
            add(accounts: create.members)
        case .addMembers(let add): self.add(accounts: add.accounts)
        case .removeMember(let remove): add(id: "account_id", remove.accountID)
        case .setRole(let set):
            add(id: "account_id", set.accountID)
            add("role", Self.role(set.role))
        case .transferOwnership(let transfer): add(id: "account_id", transfer.accountID)
        case .setProfile(let profile): add(profile: profile)
        case .setSettings(let settings): add(settings: settings)
        case .setBan(let ban): add(id: "account_id", ban.accountID)
        case .createInvite(let invite):
            add(time: "expires_at", invite.expiresAtMs)
            add(number: "uses_max", invite.usesMax)
        case .decideJoin(let decide): add(id: "account_id", decide.accountID)
        case .setBlock(let block): add(id: "account_id", block.accountID)
        case .revokeInvite, .join, .leave, nil: break
        default: add(messageAction: action)
        }
    }

    private mutating func add(messageAction action: PBConversationAction) {
        switch action.action {
        case .editMessage(let edit):
            add(id: "message_id", edit.messageID)
            add(content: edit.content)
        case .deleteMessage(let delete): add(id: "message_id", delete.messageID)
        case .react(let react):
            add(id: "message_id", react.messageID)
            add(text: "emoji", react.emoji)
        case .pin(let pin): add(id: "message_id", pin.messageID)
        case .vote(let vote):
            add(id: "message_id", vote.messageID)
            for option in vote.options { add("option", .number(Int64(option))) }
        case .moveLiveLocation(let move): add(id: "message_id", move.messageID)
        default: break
        }
    }

    /// Adds what became of whom.
    mutating func add(changes: [PBMemberChange]) {
        for change in changes.prefix(Self.accountsMax) {
            add(id: "member", change.accountID)
            add("role", Self.role(change.role) ?? .word("none"))
        }
        add(number: "more_members", max(0, changes.count - Self.accountsMax))
    }

    /// Adds some accounts of a list.
    mutating func add(
        accounts: [some Collection<UInt8>],
        as name: String = "account_id"
    ) {
        for account in accounts.prefix(Self.accountsMax) { add(id: name, account) }
        add(number: "more_accounts", max(0, accounts.count - Self.accountsMax))
    }

    private mutating func add(profile: PBSetProfile) {
        add(text: "name", profile.name)
        add(text: "description", profile.description_p)
        add(text: "picture", profile.picture)
    }

    private mutating func add(settings: PBSetSettings) {
        add("post_from", Self.role(settings.postFrom))
        add("edit_profile_from", Self.role(settings.editProfileFrom))
        add("add_from", Self.role(settings.addFrom))
        add(number: "disappear_after_s", settings.disappearAfterS)
    }

    /// Adds what a message says.
    mutating func add(content: PBContent) {
        switch content.content {
        case .text(let text): add(text: "text", text.text)
        case .media(let media):
            add("content", .word("media"))
            add(text: "media_id", media.mediaID)
            add(text: "caption", media.caption)
        case .location: add("content", .word("location"))
        case .liveLocation(let live):
            add("content", .word("live_location"))
            add(time: "ends_at", live.endsAtMs)
        case .contact(let card):
            add("content", .word("contact"))
            add(text: "name", card.name)
        case .voiceNote(let note):
            add("content", .word("voice_note"))
            add(number: "duration_ms", note.durationMs)
        case .poll(let poll):
            add("content", .word("poll"))
            add(text: "question", poll.question)
        case nil: add("content", .word("unknown"))
        }
    }

    /// The word for a role; `nil`: none.
    static func role(_ role: PBRole) -> Value? {
        switch role {
        case .unspecified: nil
        case .member: .word("member")
        case .moderator: .word("moderator")
        case .admin: .word("admin")
        case .owner: .word("owner")
        case .UNRECOGNIZED(let number): .word("role \(number)")
        }
    }
}
