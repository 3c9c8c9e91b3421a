import Conversations
import Events

/// Whom a row of `asides` is for.
enum EventReader: Hashable {
    /// This account.
    case account(AccountID)
    /// Whoever has this role or a higher one at the time of asking.
    case role(Role)

    /// The value of the column.
    var key: [UInt8] {
        switch self {
        case .account(let account): account.bytes
        case .role(let role): [UInt8(clamping: role.rawValue)]
        }
    }
}

extension TimelineEvent {
    /// Who may see it, of those who are in at its seq; `nil`: all of them.
    ///
    /// The rule of `Conversation.audience`, for any moment: roles are those of who asks, when they ask.
    var readers: [EventReader]? {
        if isWithheld { return [.account(sender)] }
        guard case .acted(let action) = body else { return nil }
        switch action {
        case .createInvite, .revokeInvite:
            return [.role(.admin)]
        case .setBan where memberChanges.isEmpty:
            return [.role(.moderator)]
        case .join where memberChanges.isEmpty:
            return [.role(.moderator), .account(sender)]
        case .decideJoin(let account, _) where memberChanges.isEmpty:
            return [.role(.moderator), .account(account)]
        case .setBlock:
            return [.account(sender)]
        case .react where kind == .channel, .vote where kind == .channel:
            return [.role(.moderator), .account(sender)]
        default:
            guard kind == .channel, !memberChanges.isEmpty else { return nil }
            let changed = Set(memberChanges.map(\.account)).sorted()
            return [.role(.moderator)] + changed.map { .account($0) }
        }
    }
}
