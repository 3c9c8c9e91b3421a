import MartletClient

/// A command that asks for something in a conversation.
///
/// Accounts are named as they were typed.
enum ConversationCommand: Equatable {
    case group(name: String, members: [String])
    case channel(name: String)
    case add([String])
    case remove(String)
    case role(String, MemberRole)
    case owner(String)
    case leave
    case name(String)
    case about(String)
    case ban(String)
    case unban(String)
    case invite(needsApproval: Bool)
    case revoke(token: String)
    case join(token: String)
    case decide(String, isApproved: Bool)
    case disappear(after: Duration)
    /// Without a name: the person of a direct conversation.
    case block(String?)
    case unblock(String?)
}
