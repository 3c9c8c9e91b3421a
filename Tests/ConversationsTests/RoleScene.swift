import Conversations
import Events
import Testing

/// A group or a channel with somebody of every role, and with something of everything that can be acted upon.
struct RoleScene {
    let scene: Scene
    /// Two of each role; of the owner one.
    let accounts: [Role: [AccountID]]
    /// One who was a member and one who never was.
    let outsiders = [Samples.account(20), Samples.account(21)]
    let waiting = Samples.account(22)
    let newcomer = Samples.account(23)
    let invite = Samples.secret
    let slowInvite = InviteSecret(high: 0x510, low: 1)
    private(set) var texts: [AccountID: SubmissionID] = [:]
    private(set) var locations: [AccountID: SubmissionID] = [:]
    private(set) var poll = Samples.id(at: Samples.noon, 0)

    init(_ kind: ConversationKind) throws {
        let owner = Samples.ada
        accounts = [
            .owner: [owner], .admin: Samples.accounts(0..<2), .moderator: Samples.accounts(2..<4),
            .member: Samples.accounts(4..<6),
        ]
        let others = Samples.accounts(0..<6)
        scene = try Scene(kind, owner: owner, members: others + [outsiders[0]])
        // All write something while they may.
        for account in others + [outsiders[0]] { try scene.give(.admin, to: account) }
        for account in [owner] + others + [outsiders[0]] {
            texts[account] = try scene.message(by: account)
            let location = Samples.liveLocation(until: scene.now + .seconds(60))
            locations[account] = try scene.message(location, by: account)
        }
        poll = try scene.message(Samples.poll(), by: owner)
        for role in [Role.moderator, .member] {
            for account in accounts[role] ?? [] { try scene.give(role, to: account) }
        }
        try scene.act(.leave, by: outsiders[0])
        try scene.act(.createInvite(invite, Invite()), by: owner)
        try scene.act(.createInvite(slowInvite, Invite(needsApproval: true)), by: owner)
        try #require(try scene.act(.join(slowInvite), by: waiting) == "accepted")
    }

    /// Those to whom a column of the tables applies.
    func actors(_ column: String) throws -> [AccountID] {
        if column == "not a member" { return outsiders }
        let role = try #require(Role(name: column))
        return [try one(role)]
    }

    func one(_ role: Role) throws -> AccountID { try #require(accounts[role]?.first) }

    /// Another account than this one, of the role.
    func other(_ role: Role, than actor: AccountID) -> AccountID? {
        accounts[role]?.first { $0 != actor }
    }

    // MARK: Requests

    /// What an account asks for in a row of the tables.
    func request(
        _ action: String,
        _ what: String,
        by actor: AccountID
    ) throws
        -> Submission.Request
    {
        if action == "postMessage" {
            return .postMessage(MessagePost(text: Array("hello".utf8)))
        }
        let made =
            try messageAction(action, what, by: actor) ?? membersAction(action, what, by: actor)
        let found = try #require(made, "no test of \(action) \(what)")
        #expect(ActionSamples.name(of: found) == action)
        return .act(found)
    }

    private func messageAction(
        _ action: String,
        _ what: String,
        by actor: AccountID
    ) throws -> ConversationAction? {
        let another = try #require(other(.member, than: actor))
        // Who never was there acts on what another wrote.
        let owner = texts[actor] == nil ? another : actor
        let author = what.hasPrefix("one's own") ? owner : another
        let text = try #require(texts[author])
        let place = try #require(locations[author])
        return switch action {
        case "editMessage": .editMessage(text, content: Samples.text("better"))
        case "deleteMessage": .deleteMessage(text)
        case "react": .react(text, emoji: "+")
        case "vote": .vote(poll, options: [1])
        case "pin": .pin(text, isPinned: true)
        case "moveLiveLocation": .moveLiveLocation(place, location: Samples.location())
        default: nil
        }
    }

    private func membersAction(
        _ action: String,
        _ what: String,
        by actor: AccountID
    ) throws -> ConversationAction? {
        let member = try #require(other(.member, than: actor))
        var change = ConversationSettings.Change()
        change.disappearAfterSeconds = 60
        return switch (action, what) {
        case ("setProfile", _): .setProfile(ProfileChange(name: "new"))
        case ("setSettings", _): .setSettings(change)
        case ("addMembers", _): .addMembers([newcomer])
        case ("removeMember", _): .removeMember(member)
        case ("setRole", "a plain member"): .setRole(member, .moderator)
        case ("setRole", "oneself, to a lower role"): .setRole(actor, lower(actor))
        case ("transferOwnership", _): .transferOwnership(member)
        case ("leave", _): .leave
        case ("setBan", "a plain member"): .setBan(member, isBanned: true)
        case ("setBan", "somebody else"): .setBan(newcomer, isBanned: true)
        case ("createInvite", _): .createInvite(InviteSecret(high: 9, low: 9), Invite())
        case ("revokeInvite", _): .revokeInvite(invite)
        case ("join", "waiting"): .join(slowInvite)
        case ("join", _): .join(invite)
        case ("decideJoin", "declined"): .decideJoin(waiting, isApproved: false)
        case ("decideJoin", _): .decideJoin(waiting, isApproved: true)
        case ("create", _):
            .create(profile: ProfileChange(name: "new"), settings: .init(), members: [])
        case ("setBlock", _): .setBlock(member, isBlocked: true)
        default: nil
        }
    }

    private func lower(_ actor: AccountID) -> Role {
        scene.role(of: actor).flatMap { Role(rawValue: $0.rawValue - 1) } ?? .member
    }
}
