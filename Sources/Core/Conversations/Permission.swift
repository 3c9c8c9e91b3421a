/// What only members of a certain role may do: the table of role × action (docs/ROLES.md).
///
/// What a role may do to another account's role, and to whose messages, is said where it is decided.
public enum Permission: CaseIterable, Sendable {
    /// Post messages, edit one's own and move one's live location.
    case post
    /// React and vote.
    case react
    /// Take back others' messages.
    case deleteOthersMessages
    /// Pin messages.
    case pin
    /// Change name, description and picture.
    case editProfile
    /// Change the settings.
    case changeSettings
    /// Add members.
    case add
    /// Put out members of a lower role.
    case remove
    /// Give members of a lower role another one.
    case setRoles
    /// Ban accounts, and take that back.
    case ban
    /// Make links to join by, and revoke them.
    case invite
    /// Let accounts in that wait.
    case decideJoins
    /// Make another member the owner.
    case transferOwnership

    /// The lowest role that may.
    public func lowestRole(_ settings: ConversationSettings) -> Role {
        switch self {
        case .post: settings.postFrom
        case .editProfile: settings.editProfileFrom
        case .add: settings.addFrom
        case .react: .member
        case .deleteOthersMessages, .pin, .remove, .decideJoins: .moderator
        case .changeSettings, .setRoles, .ban, .invite: .admin
        case .transferOwnership: .owner
        }
    }
}
