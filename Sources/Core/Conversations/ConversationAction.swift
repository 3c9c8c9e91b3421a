public import Events

/// What can be done in a conversation besides posting: a submission asks for it, an event says that it happened.
public enum ConversationAction: Equatable, Sendable {
    /// A group or a channel, of whoever asks and these members.
    case create(profile: ProfileChange, settings: ConversationSettings.Change, members: [AccountID])
    /// Accounts become members.
    case addMembers([AccountID])
    /// A member is put out.
    case removeMember(AccountID)
    /// Whoever asks leaves.
    case leave
    /// A member gets another role, below owner.
    case setRole(AccountID, Role)
    /// A member becomes the owner.
    case transferOwnership(AccountID)
    /// Name, description or picture change.
    case setProfile(ProfileChange)
    /// The settings change; in a direct conversation only how long messages stay.
    case setSettings(ConversationSettings.Change)
    /// An account may not be a member any more, or may again.
    case setBan(AccountID, isBanned: Bool)
    /// A link by which accounts join.
    case createInvite(InviteSecret, Invite)
    /// A link is of no use any more.
    case revokeInvite(InviteSecret)
    /// Whoever asks comes by a link.
    case join(InviteSecret)
    /// An account that waits is let in, or is not.
    case decideJoin(AccountID, isApproved: Bool)
    /// A message says something else; the encoded content.
    case editMessage(SubmissionID, content: ArraySlice<UInt8>)
    /// A message is taken back for everyone.
    case deleteMessage(SubmissionID)
    /// A reaction to a message; empty: none any more.
    case react(SubmissionID, emoji: String)
    /// A message is pinned, or is not any more.
    case pin(SubmissionID, isPinned: Bool)
    /// A vote in a poll, by the options' places; none: the vote is taken back.
    case vote(SubmissionID, options: [UInt32])
    /// A live location moves; the encoded `Location`.
    case moveLiveLocation(SubmissionID, location: ArraySlice<UInt8>)
    /// In a direct conversation: whoever asks does not want to be told what the other account sends.
    case setBlock(AccountID, isBlocked: Bool)
}

/// A change of what a conversation is called and looks like; what is `nil` stays as it is.
public struct ProfileChange: Equatable, Sendable {
    /// 1 to 100 characters.
    public var name: String?
    /// At most 1,024 characters.
    public var description: String?
    /// A media id; empty: none.
    public var picture: String?

    /// A change of its parts.
    public init(name: String? = nil, description: String? = nil, picture: String? = nil) {
        self.name = name
        self.description = description
        self.picture = picture
    }

    /// Whether it changes nothing.
    public var isEmpty: Bool { self == ProfileChange() }
}

/// Marks the secrets of invites: 16 random bytes, which whoever has them may join by.
public enum InviteSecretKind: Sendable {}
/// The secret of an invite.
public typealias InviteSecret = Identifier<InviteSecretKind>

/// The terms of an invite.
public struct Invite: Equatable, Sendable {
    /// From then on it is of no use; `nil`: never.
    public var expiresAt: Timestamp?
    /// How often it can be used; 0: without limit.
    public var usesMax: UInt32
    /// Whether who comes waits for a decision.
    public var needsApproval: Bool
    /// How often it has been used.
    public var uses: UInt32 = 0

    /// Whether somebody can still join by it.
    func isUsable(_ now: Timestamp) -> Bool {
        (usesMax == 0 || uses < usesMax) && expiresAt.map { now < $0 } ?? true
    }

    /// Terms of their parts, not used yet.
    public init(expiresAt: Timestamp? = nil, usesMax: UInt32 = 0, needsApproval: Bool = false) {
        self.expiresAt = expiresAt
        self.usesMax = usesMax
        self.needsApproval = needsApproval
    }
}
