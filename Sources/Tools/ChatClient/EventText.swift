import Events
import MartletClient

/// Words for what happens in a conversation besides messages.
struct EventText {
    let names: AccountNames
    /// The message that something happened to, in short; `nil`: it is not at hand.
    let quote: (SubmissionID) -> String?

    /// One line; `nil`: nothing is shown, or it is shown at its message.
    func line(_ event: ConversationEvent) -> String? {
        let who = name(event.sender)
        switch event.change {
        case .created(let profile, _): return created(profile, event)
        case .membersAdded: return "\(who) added \(list(event.members))"
        case .memberRemoved: return "\(who) removed \(list(event.members))"
        case .memberLeft: return "\(who) left" + successor(event)
        case .roleChanged: return role(event)
        case .ownershipTransferred:
            return "\(who) made \(list(event.members.filter { $0.role == .owner })) the owner"
        case .profileChanged(let profile): return "\(who): \(words(profile))"
        case .settingsChanged(let settings): return "\(who): \(Self.words(settings))"
        case .banned(let account): return "\(who) banned \(name(account))"
        case .unbanned(let account): return "\(who) lifted the ban of \(name(account))"
        case .inviteCreated(let invite): return "\(who) made an invite: \(invited(invite))"
        case .inviteRevoked(let token): return "\(who) revoked the invite …\(token.suffix(6))"
        case .joinRequested:
            return "\(who) \(event.sender == names.me ? "ask" : "asks") to be let in"
        case .memberJoined: return "\(who) joined by an invite"
        case .joinApproved(let account): return "\(who) let \(name(account)) in"
        case .joinDeclined(let account): return "\(who) did not let \(name(account)) in"
        case .pinned(let place): return "\(who) pinned \(message(place))"
        case .unpinned(let place): return "\(who) unpinned \(message(place))"
        case .blocked(let account): return "\(who) blocked \(name(account))"
        case .unblocked(let account): return "\(who) unblocked \(name(account))"
        case .edited, .deleted, .reaction, .voted, .locationMoved: return nil
        }
    }

    private func name(_ account: AccountID) -> String { names.name(of: account) }

    private func message(_ place: MessagePlace) -> String {
        quote(place.messageID).map { "“\($0)”" } ?? "a message"
    }

    private func created(_ profile: ConversationProfile, _ event: ConversationEvent) -> String {
        let what =
            "\(name(event.sender)) made the \(event.conversationKind) “\(profile.name ?? "")”"
        let others = event.members.filter { $0.account != event.sender }
        return others.isEmpty ? what : "\(what) with \(list(others))"
    }

    private func successor(_ event: ConversationEvent) -> String {
        guard let next = event.members.first(where: { $0.role == .owner }) else { return "" }
        return "; \(name(next.account)) \(next.account == names.me ? "are" : "is") the owner now"
    }

    private func role(_ event: ConversationEvent) -> String {
        let changes = event.members.map { change in
            "\(name(change.account)) \(Self.article(change.role?.rawValue ?? ""))"
        }
        return "\(name(event.sender)) made \(changes.joined(separator: ", "))"
    }

    private static func article(_ role: String) -> String {
        "\(role.first.map { "aeiou".contains($0) } ?? false ? "an" : "a") \(role)"
    }

    private func invited(_ invite: ConversationInvite) -> String {
        var text = invite.token
        if invite.needsApproval { text += ", needs approval" }
        if invite.usesMax > 0 { text += ", for \(invite.usesMax)" }
        return text
    }

    private func words(_ profile: ConversationProfile) -> String {
        var parts: [String] = []
        if let name = profile.name { parts.append("the name is now “\(name)”") }
        if let about = profile.description {
            parts.append(
                about.isEmpty ? "there is no description now" : "it is now about “\(about)”"
            )
        }
        if let picture = profile.picture {
            parts.append(picture.isEmpty ? "there is no picture now" : "there is a new picture")
        }
        return parts.joined(separator: ", ")
    }

    private static func words(_ settings: ConversationSettings) -> String {
        var parts: [String] = []
        if let role = settings.postFrom { parts.append("\(those(role)) may write") }
        if let role = settings.editProfileFrom {
            parts.append("\(those(role)) may change name and description")
        }
        if let role = settings.addFrom { parts.append("\(those(role)) may add members") }
        if let time = settings.disappearAfter {
            parts.append(
                time == .zero
                    ? "messages stay" : "messages disappear after \(TimeSpan.words(time))"
            )
        }
        return parts.joined(separator: ", ")
    }

    private static func those(_ role: MemberRole) -> String {
        role == .member ? "all members" : role == .owner ? "the owner" : "\(role)s and above"
    }

    private func list(_ changes: [MemberChange]) -> String {
        Self.joined(changes.map { name($0.account) })
    }

    /// `ada`, `ada and bob`, `ada, bob and 3 others`.
    static func joined(_ names: [String]) -> String {
        switch names.count {
        case 0: return "nobody"
        case 1: return names[0]
        case 2...4:
            return "\(names.dropLast().joined(separator: ", ")) and \(names[names.count - 1])"
        default:
            return "\(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) others"
        }
    }
}
