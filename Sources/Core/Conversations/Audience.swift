public import Events

/// Who is told of an event, besides being allowed to see it.
public enum Audience: Equatable, Sendable {
    /// All members, and who stops being one by it.
    case everyone
    /// These accounts.
    case accounts([AccountID])
}

extension Conversation {
    /// Who is told of an event, in the state after it.
    ///
    /// Links and those who wait are for those who decide about them. In a channel, who comes and goes, reacts and votes is for those
    /// who run it: its followers don't hear of one another.
    public func audience(of event: TimelineEvent) -> Audience {
        if event.isWithheld { return .accounts([event.sender]) }
        guard case .acted(let action) = event.body else { return .everyone }
        switch action {
        case .createInvite, .revokeInvite:
            return .accounts(members.accounts(from: .admin))
        case .setBan where event.memberChanges.isEmpty:
            return .accounts(members.accounts(from: .moderator))
        case .join where event.memberChanges.isEmpty:
            return .accounts(members.accounts(from: .moderator) + [event.sender])
        case .decideJoin(let account, _) where event.memberChanges.isEmpty:
            return .accounts(members.accounts(from: .moderator) + [account])
        case .setBlock:
            return .accounts([event.sender])
        case .react where event.kind == .channel, .vote where event.kind == .channel:
            return .accounts(staff(and: [event.sender]))
        default:
            guard event.kind == .channel, !event.memberChanges.isEmpty else { return .everyone }
            return .accounts(staff(and: event.memberChanges.map(\.account)))
        }
    }

    private func staff(and others: [AccountID]) -> [AccountID] {
        Set(members.accounts(from: .moderator) + others).sorted()
    }
}
