import Events
import MartletClient

/// Who was what in a group after each event, and what could be done then, by the words of docs/ROLES.md.
///
/// Folded from what devices were told; shares nothing with the code that decides.
struct GroupHistory {
    private static let ranks: [MemberRole: Int] = [
        .member: 1, .moderator: 2, .admin: 3, .owner: 4,
    ]

    private var changes: [AccountID: [(seq: UInt64, role: MemberRole?)]] = [:]
    private var invites: [String: UInt64] = [:]
    /// From which seq to which each account was there, the events of its coming and going included.
    private(set) var stays: [AccountID: [ClosedRange<UInt64>]] = [:]
    /// The members after the last event, each with the seq of the event by which it came.
    private(set) var members: [AccountID: UInt64] = [:]
    /// The seq of the last event.
    private(set) var last: UInt64 = 0

    /// Folds the event of this seq.
    mutating func apply(_ event: GroupLedger.Event, seq: UInt64) {
        last = seq
        for change in event.members {
            changes[change.account, default: []].append((seq, change.role))
            if change.role == nil {
                guard let since = members.removeValue(forKey: change.account) else { continue }
                stays[change.account]?.removeLast()
                stays[change.account]?.append(since...seq)
            } else if members[change.account] == nil {
                members[change.account] = seq
                stays[change.account, default: []].append(seq...UInt64.max)
            }
        }
        if event.kind == "invite_created" { invites[event.detail] = seq }
    }

    /// What an account was after the event of this seq.
    func role(of account: AccountID, after seq: UInt64) -> MemberRole? {
        changes[account]?.last { $0.seq <= seq }?.role
    }

    private func rank(of account: AccountID, after seq: UInt64) -> Int {
        rank(role(of: account, after: seq))
    }

    private func rank(_ role: MemberRole?) -> Int { role.flatMap { Self.ranks[$0] } ?? 0 }

    /// Whether an account that is there, or leaves by it, is told of an event: of invites only admins are.
    func isTold(_ account: AccountID, of event: GroupLedger.Event, seq: UInt64) -> Bool {
        event.kind != "invite_created" || rank(of: account, after: seq) >= rank(.admin)
    }

    /// The code with which a request is to be refused after the event of this seq; `nil`: it is to be accepted.
    func refusal(
        of request: GroupLedger.Request,
        by actor: AccountID,
        after seq: UInt64
    ) -> String? {
        if case .create = request { return seq == 0 ? nil : "already_exists" }
        guard seq > 0 else { return "conversation_not_found" }
        let own = rank(of: actor, after: seq)
        if case .join(let token) = request {
            guard let made = invites[token], made <= seq else { return "invalid_invite" }
            return own > 0 ? "no_change" : nil
        }
        guard own > 0 else { return "not_a_member" }
        switch request {
        case .create, .join, .post, .leave: return nil
        case .add(let accounts):
            return accounts.contains { rank(of: $0, after: seq) == 0 } ? nil : "no_change"
        case .remove(let account):
            let theirs = rank(of: account, after: seq)
            guard own >= rank(.moderator) else { return "not_allowed" }
            guard theirs > 0 else { return "invalid_members" }
            return theirs < own ? nil : "not_allowed"
        case .setRole(let account, let role):
            let theirs = rank(of: account, after: seq)
            let stepsDown = account == actor && rank(role) < own && own < rank(.owner)
            guard stepsDown || own >= rank(.admin) else { return "not_allowed" }
            guard theirs > 0 else { return "invalid_members" }
            guard theirs != rank(role) else { return "no_change" }
            return stepsDown || theirs < own && rank(role) < own ? nil : "not_allowed"
        case .createInvite:
            return own >= rank(.admin) ? nil : "not_allowed"
        }
    }

    /// What devices must be told of a request that is accepted after the event of this seq.
    func event(
        of operation: GroupLedger.Operation,
        _ id: SubmissionID,
        after seq: UInt64
    ) -> GroupLedger.Event {
        func event(
            _ kind: String,
            _ members: [MemberChange] = [],
            _ detail: String = ""
        ) -> GroupLedger.Event {
            GroupLedger.Event(
                id: id,
                sender: operation.actor,
                kind: kind,
                members: members,
                detail: detail
            )
        }
        switch operation.request {
        case .create(let accounts):
            let others = accounts.map { MemberChange($0, .member) }
            return event("created", [MemberChange(operation.actor, .owner)] + others)
        case .post(let text): return event("message", [], text)
        case .add(let accounts):
            let new = accounts.filter { rank(of: $0, after: seq) == 0 }
            return event("members_added", new.map { MemberChange($0, .member) })
        case .remove(let account): return event("member_removed", [MemberChange(account, nil)])
        case .leave: return event("member_left", [MemberChange(operation.actor, nil)])
        case .setRole(let account, let role):
            return event("role_changed", [MemberChange(account, role)])
        case .createInvite: return event("invite_created", [], operation.token ?? "")
        case .join: return event("member_joined", [MemberChange(operation.actor, .member)])
        }
    }
}
