public import Events

/// Something to be done in a conversation besides posting: one of the gateway's calls (docs/openapi.yaml).
///
/// Accounts are named by their ids, phone numbers or e-mail addresses. That it was answered means that the log has it; what comes of it
/// is an event, or a rejection, with the id that it was asked under.
public enum ConversationRequest: Sendable, Hashable {
    /// A group of whoever asks and these members; its id is the submission's.
    case createGroup(name: String, members: [String])
    /// A channel; its id is the submission's.
    case createChannel(name: String)
    /// Name, description or picture change.
    case setProfile(ConversationID, ConversationProfile)
    /// The settings change; in a direct conversation only how long messages stay.
    case setSettings(ConversationID, ConversationSettings)
    /// Accounts become members.
    case addMembers(ConversationID, [String])
    /// A member is put out.
    case removeMember(ConversationID, String)
    /// A member gets another role, below owner.
    case setRole(ConversationID, String, MemberRole)
    /// A member becomes the owner.
    case transferOwnership(ConversationID, String)
    /// Whoever asks leaves.
    case leave(ConversationID)
    /// An account may not be a member any more.
    case ban(ConversationID, String)
    /// It may again.
    case unban(ConversationID, String)
    /// A link to join by; without an end or a number of uses: without limit.
    case createInvite(
        ConversationID,
        expiresAt: Timestamp? = nil,
        usesMax: UInt32? = nil,
        needsApproval: Bool = false
    )
    /// A link is of no use any more.
    case revokeInvite(ConversationID, token: String)
    /// Whoever asks comes by a link.
    case acceptInvite(token: String)
    /// An account that waits is let in, or is not.
    case decideRequest(ConversationID, String, isApproved: Bool)
    /// A message says something else.
    case edit(ConversationID, SubmissionID, text: String)
    /// A message is taken back for everyone.
    case delete(ConversationID, SubmissionID)
    /// A reaction to a message; empty: none any more.
    case react(ConversationID, SubmissionID, emoji: String)
    /// A message is pinned.
    case pin(ConversationID, SubmissionID)
    /// It is pinned no more.
    case unpin(ConversationID, SubmissionID)
    /// A vote in a poll, by the options' places from 0; none: the vote is taken back.
    case vote(ConversationID, SubmissionID, options: [Int])
    /// Whoever asks does not want to hear of the account.
    case block(String)
    /// Whoever asks wants to hear of it again.
    case unblock(String)
}
