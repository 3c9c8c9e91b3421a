import Conversations
import Events
import Ingest
import Web

/// Making and changing groups and channels.
extension ActionCall {
    /// A group or a channel, whose id is the submission's.
    func create(_ kind: ConversationKind) throws(Problem) -> Proposal {
        let profile = try profile()
        guard profile.name != nil else { throw Problem(.invalidProfile, "name is missing") }
        let settings = try settings() ?? ConversationSettings.Change()
        let roles = [settings.postFrom, settings.editProfileFrom, settings.addFrom]
        guard kind == .group || !roles.contains(.member) else {
            throw Problem(.invalidSettings, "in a channel members only read")
        }
        let members = try accounts("members")
        guard kind == .group || members.isEmpty else {
            throw Problem(.invalidMembers, "a channel begins with its owner alone")
        }
        guard !members.contains(identity.account) else {
            throw Problem(.invalidMembers, "members are those besides the owner")
        }
        return Proposal(
            ConversationID(high: head.id.high, low: head.id.low),
            .create(profile: profile, settings: settings, members: members),
            kind: kind
        )
    }

    /// A change of either the profile or the settings.
    func change() throws(Problem) -> Proposal {
        let conversation = try conversation()
        let profile = try profile()
        switch (profile.isEmpty, try settings()) {
        case (false, nil): return Proposal(conversation, .setProfile(profile))
        case (true, let settings?):
            guard !settings.isEmpty else {
                throw Problem(.invalidSettings, "settings change nothing")
            }
            return Proposal(conversation, .setSettings(settings))
        default:
            throw Problem(
                .invalidField,
                "either settings or some of name, description and picture are needed"
            )
        }
    }

    // MARK: Members of the body

    private func profile() throws(Problem) -> ProfileChange {
        let name = try body.string("name", or: .invalidProfile)
        if let name {
            guard (1...Limits.titleCharactersMax).contains(name.unicodeScalars.count),
                name.isMoreThanBlank, !name.hasControls
            else {
                throw Problem(
                    .invalidProfile,
                    "name has 1 to 100 characters, is not blank and has no control characters"
                )
            }
        }
        let description = try body.string("description", or: .invalidProfile)
        if let description {
            guard description.unicodeScalars.count <= Limits.descriptionCharactersMax else {
                throw Problem(.invalidProfile, "description has at most 1,024 characters")
            }
        }
        let picture = try body.string("picture", or: .invalidProfile)
        if let picture {
            guard picture.utf8.count <= Limits.titleCharactersMax else {
                throw Problem(.invalidProfile, "picture is a media id")
            }
        }
        return ProfileChange(name: name, description: description, picture: picture)
    }

    private func settings() throws(Problem) -> ConversationSettings.Change? {
        guard let settings = try body.object("settings", or: .invalidSettings) else { return nil }
        var change = ConversationSettings.Change()
        change.postFrom = try role("post_from", of: settings)
        change.editProfileFrom = try role("edit_profile_from", of: settings)
        change.addFrom = try role("add_from", of: settings)
        if let seconds = try settings.integer("disappear_after_s", or: .invalidSettings) {
            guard (0...Limits.disappearAfterMax.components.seconds).contains(seconds) else {
                throw Problem(
                    .invalidSettings,
                    "disappear_after_s is at most a year in seconds, or 0 for never"
                )
            }
            change.disappearAfterSeconds = UInt32(seconds)
        }
        return change
    }

    private func role(_ name: String, of settings: JSONObject) throws(Problem) -> Role? {
        guard let text = try settings.string(name, or: .invalidSettings) else { return nil }
        guard let role = Role(name: text) else {
            throw Problem(.invalidSettings, "\(name) is member, moderator, admin or owner")
        }
        return role
    }
}
