import Events
import NIOHTTP1

extension ConversationRequest {
    /// With which method it is called.
    var method: HTTPMethod {
        switch self {
        case .createGroup, .createChannel, .addMembers, .transferOwnership, .leave, .createInvite,
            .acceptInvite:
            .POST
        case .setProfile, .setSettings, .edit: .PATCH
        case .setRole, .ban, .decideRequest, .react, .pin, .vote, .block: .PUT
        case .removeMember, .unban, .revokeInvite, .delete, .unpin, .unblock: .DELETE
        }
    }

    /// Where, below the gateway's address, with the query.
    var path: String {
        switch self {
        case .createGroup: "/v1/groups"
        case .createChannel: "/v1/channels"
        case .setProfile(let id, _), .setSettings(let id, _): "/v1/conversations/\(id)"
        case .addMembers(let id, _): "/v1/conversations/\(id)/members"
        case .removeMember(let id, let who): "/v1/conversations/\(id)/members/\(escaped(who))"
        case .setRole(let id, let who, _):
            "/v1/conversations/\(id)/members/\(escaped(who))/role"
        case .transferOwnership(let id, _): "/v1/conversations/\(id)/owner"
        case .leave(let id): "/v1/conversations/\(id)/leave"
        case .ban(let id, let who), .unban(let id, let who):
            "/v1/conversations/\(id)/bans/\(escaped(who))"
        case .createInvite(let id, _, _, _): "/v1/conversations/\(id)/invites"
        case .revokeInvite(let id, let token):
            "/v1/conversations/\(id)/invites/\(escaped(token))"
        case .acceptInvite(let token): "/v1/invites/\(escaped(token))/acceptance"
        case .decideRequest(let id, let who, _):
            "/v1/conversations/\(id)/requests/\(escaped(who))"
        case .edit(_, let message, _): "/v1/messages/\(message)"
        case .delete(let id, let message): "/v1/messages/\(message)?conversation_id=\(id)"
        case .react(_, let message, _): "/v1/messages/\(message)/reaction"
        case .pin(let id, let message), .unpin(let id, let message):
            "/v1/messages/\(message)/pin?conversation_id=\(id)"
        case .vote(_, let message, _): "/v1/messages/\(message)/vote"
        case .block(let who), .unblock(let who): "/v1/blocks/\(escaped(who))"
        }
    }

    private func escaped(_ text: String) -> String { MartletHTTP.escaped(text) }

    /// Adds what the body says besides the submission's id.
    func write(to body: inout JSONObjectWriter) {
        switch self {
        case .createGroup(let name, let members):
            body.add("name", name)
            if !members.isEmpty { body.add("members", members) }
        case .createChannel(let name): body.add("name", name)
        case .setProfile(_, let profile): Self.write(profile, to: &body)
        case .setSettings(_, let settings): Self.write(settings, to: &body)
        case .addMembers(_, let accounts): body.add("accounts", accounts)
        case .setRole(_, _, let role): body.add("role", role.rawValue)
        case .transferOwnership(_, let account): body.add("account", account)
        case .createInvite(_, let end, let uses, let needsApproval):
            if let end { body.add("expires_at", end.milliseconds) }
            if let uses { body.add("uses_max", Int64(uses)) }
            if needsApproval { body.add("needs_approval", true) }
        case .decideRequest(_, _, let isApproved): body.add("approved", isApproved)
        case .edit(let id, _, let text):
            body.add("conversation_id", id.description)
            body.add("message", text)
        case .react(let id, _, let emoji):
            body.add("conversation_id", id.description)
            body.add("emoji", emoji)
        case .vote(let id, _, let options):
            body.add("conversation_id", id.description)
            body.add("options", options)
        case .removeMember, .leave, .ban, .unban, .revokeInvite, .acceptInvite, .delete, .pin,
            .unpin, .block, .unblock:
            break
        }
    }

    private static func write(_ profile: ConversationProfile, to body: inout JSONObjectWriter) {
        if let name = profile.name { body.add("name", name) }
        if let description = profile.description { body.add("description", description) }
        if let picture = profile.picture { body.add("picture", picture) }
    }

    private static func write(_ settings: ConversationSettings, to body: inout JSONObjectWriter) {
        var object = JSONObjectWriter()
        if let role = settings.postFrom { object.add("post_from", role.rawValue) }
        if let role = settings.editProfileFrom {
            object.add("edit_profile_from", role.rawValue)
        }
        if let role = settings.addFrom { object.add("add_from", role.rawValue) }
        if let time = settings.disappearAfter {
            object.add("disappear_after_s", time.components.seconds)
        }
        body.add("settings", object)
    }
}
