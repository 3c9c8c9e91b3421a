public import Events

/// What happened in a conversation; who came, left or has another role is in the event's `members`.
public enum ConversationChange: Sendable, Hashable {
    /// A group or a channel was made.
    case created(ConversationProfile, ConversationSettings)
    /// The sender added members.
    case membersAdded
    /// The sender put a member out.
    case memberRemoved
    /// The sender left.
    case memberLeft
    /// The sender gave a member another role.
    case roleChanged
    /// The sender made another member the owner.
    case ownershipTransferred
    /// It is called something else, or looks otherwise.
    case profileChanged(ConversationProfile)
    /// It has other settings.
    case settingsChanged(ConversationSettings)
    /// An account may not be a member any more.
    case banned(AccountID)
    /// It may again.
    case unbanned(AccountID)
    /// There is a link to join by.
    case inviteCreated(ConversationInvite)
    /// The link of this token is of no use any more.
    case inviteRevoked(token: String)
    /// The sender came by a link that needs approval.
    case joinRequested
    /// The sender came by a link.
    case memberJoined
    /// Who waited was let in.
    case joinApproved(AccountID)
    /// Who waited was not let in.
    case joinDeclined(AccountID)
    /// A message says something else.
    case edited(MessagePlace, MessageContent)
    /// A message was taken back for everyone.
    case deleted(MessagePlace)
    /// The sender reacted to a message; empty: it has no reaction any more.
    case reaction(MessagePlace, emoji: String)
    /// A message was pinned.
    case pinned(MessagePlace)
    /// It is pinned no more.
    case unpinned(MessagePlace)
    /// The sender voted in a poll, by the options' places from 0; none: the vote was taken back.
    case voted(MessagePlace, options: [Int])
    /// A live location moved.
    case locationMoved(MessagePlace, Place)
    /// The sender does not want to hear of the account.
    case blocked(AccountID)
    /// The sender wants to hear of it again.
    case unblocked(AccountID)

    /// The word for it, as events have it.
    public var kind: String {
        switch self {
        case .created: "created"
        case .membersAdded: "members_added"
        case .memberRemoved: "member_removed"
        case .memberLeft: "member_left"
        case .roleChanged: "role_changed"
        case .ownershipTransferred: "ownership_transferred"
        case .profileChanged: "profile_changed"
        case .settingsChanged: "settings_changed"
        case .banned: "banned"
        case .unbanned: "unbanned"
        case .inviteCreated: "invite_created"
        case .inviteRevoked: "invite_revoked"
        case .joinRequested: "join_requested"
        case .memberJoined: "member_joined"
        case .joinApproved: "join_approved"
        case .joinDeclined: "join_declined"
        case .edited: "edited"
        case .deleted: "deleted"
        case .reaction: "reaction"
        case .pinned: "pinned"
        case .unpinned: "unpinned"
        case .voted: "voted"
        case .locationMoved: "location_moved"
        case .blocked: "blocked"
        case .unblocked: "unblocked"
        }
    }

    /// The message that it happened to, if it happened to one.
    public var message: MessagePlace? {
        switch self {
        case .edited(let place, _), .deleted(let place), .reaction(let place, _),
            .pinned(let place), .unpinned(let place), .voted(let place, _),
            .locationMoved(let place, _):
            place
        default: nil
        }
    }
}
