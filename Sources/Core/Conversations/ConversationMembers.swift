public import Events

/// Who is and who was in a conversation, and what each may see of it.
public struct ConversationMembers: Equatable, Sendable {
    /// An account that is or was a member.
    public struct Member: Equatable, Sendable {
        /// What it is; `nil`: no member any more.
        public var role: Role?
        /// The first seq that it may see, of its present or last stay.
        public var since: UInt64
        /// The last seq that it may see, if it is no member any more.
        public var until: UInt64?
        /// Earlier stays, in order; of many the newest.
        public var earlier: [ClosedRange<UInt64>] = []

        /// A member that came with the event of this seq.
        public init(role: Role, since: UInt64) {
            self.role = role
            self.since = since
        }

        /// Whether it may see the event of this seq.
        public func sees(_ seq: UInt64) -> Bool {
            if seq >= since { return until.map { seq <= $0 } ?? true }
            return earlier.contains { $0.contains(seq) }
        }
    }

    /// So many stays of an account are remembered.
    static let staysMax = 16
    /// Accounts that are or were members, per member that there can be.
    static let formerMembersFactor = 4

    /// All accounts that are or were members.
    public private(set) var all: [AccountID: Member]
    /// How many are members.
    public private(set) var count: Int
    /// Those above a plain member, so that nobody has to look through a million followers for them.
    private var staff: Set<AccountID>

    /// Members as they were stored.
    public init(_ all: [AccountID: Member] = [:]) {
        self.all = all
        count = all.values.count { $0.role != nil }
        staff = Set(all.lazy.filter { Self.isStaff($0.value.role) }.map(\.key))
    }

    private static func isStaff(_ role: Role?) -> Bool { role.map { $0 > .member } ?? false }

    /// What an account is; `nil`: no member.
    public func role(of account: AccountID) -> Role? { all[account]?.role }

    /// The owner, if there is one.
    public var owner: AccountID? { staff.first { role(of: $0) == .owner } }

    /// Those of a role at least this high, in order.
    public func accounts(from role: Role) -> [AccountID] {
        guard role > .member else { return all.filter { $0.value.role != nil }.keys.sorted() }
        return staff.filter { all[$0]?.role.map { $0 >= role } ?? false }.sorted()
    }

    /// Who becomes the owner when this one goes: the next in rank, of those who came first.
    func successor(of owner: AccountID) -> AccountID? {
        first(of: staff, but: owner) ?? first(of: all.keys, but: owner)
    }

    private func first(of accounts: some Sequence<AccountID>, but owner: AccountID) -> AccountID? {
        let others = accounts.lazy.compactMap { account -> (AccountID, Role, UInt64)? in
            guard account != owner, let member = all[account] else { return nil }
            return member.role.map { (account, $0, member.since) }
        }
        return others.max { left, right in
            (left.1.rawValue, right.2, right.0) < (right.1.rawValue, left.2, left.0)
        }?.0
    }

    /// Folds what became of an account by the event of this seq.
    mutating func apply(_ change: TimelineEvent.MemberChange, seq: UInt64) {
        if Self.isStaff(change.role) {
            staff.insert(change.account)
        } else {
            staff.remove(change.account)
        }
        guard var member = all[change.account] else {
            guard let role = change.role else { return }
            all[change.account] = Member(role: role, since: seq)
            count += 1
            return
        }
        switch (member.role, change.role) {
        case (nil, let role?):
            member.earlier.append(member.since...max(member.since, member.until ?? member.since))
            if member.earlier.count > Self.staysMax { member.earlier.removeFirst() }
            member.role = role
            member.since = seq
            member.until = nil
            count += 1
        case (_?, let role?):
            member.role = role
        case (_?, nil):
            member.role = nil
            member.until = seq
            count -= 1
        case (nil, nil):
            return
        }
        all[change.account] = member
    }
}
