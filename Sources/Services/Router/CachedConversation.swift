import Conversations
import Events
import Projections

/// A conversation in memory, with what is derived from it for speed.
final class CachedConversation: CachedState {
    /// An inbox partition that hears of something, and which of its accounts come, go, or alone are told.
    struct Route: Equatable {
        let partition: Partition
        var joined: [AccountID] = []
        var left: [AccountID] = []
        var only: [AccountID] = []

        init(_ partition: Partition) {
            self.partition = partition
        }
    }

    let id: ConversationID
    private(set) var value: Conversation
    /// Whether the database has an older state; such an entry must stay in memory.
    var isDirty = false
    /// The members whose rows in the database are older.
    private(set) var changedMembers: Set<AccountID> = []
    /// How many members each inbox partition has; made when it is first needed.
    private var memberCounts: [Int]?
    /// The inbox partitions of a direct conversation's accounts.
    private var pair: [(account: AccountID, partition: Partition)] = []

    init(_ value: Conversation) {
        self.id = value.id
        self.value = value
    }

    /// Folds an event in.
    func apply(_ event: TimelineEvent) {
        if event.kind != .direct, memberCounts != nil { count(event.memberChanges) }
        value.apply(event)
        guard event.kind != .direct else { return }
        for change in event.memberChanges { changedMembers.insert(change.account) }
    }

    /// The rows are on disk.
    func saved() {
        changedMembers.removeAll(keepingCapacity: true)
    }

    // MARK: Routes

    /// Whom to tell of an event that was folded in last, one route per inbox partition, in a fixed order.
    func routes(of event: TimelineEvent, inboxPartitions: Int) -> [Route] {
        var audience = value.audience(of: event)
        if event.kind == .direct, audience == .everyone {
            if case .messagePosted = event.body {
                return pairRoutes(from: event.sender, inboxPartitions)
            }
            // Only a message says who the other is.
            audience = .accounts(value.members.all.keys.sorted())
        }
        var routes: [Int32: Route] = [:]
        func update(_ account: AccountID, _ body: (inout Route) -> Void) {
            let partition = Partitioner.partition(of: account, count: inboxPartitions)
            body(&routes[partition.number, default: Route(partition)])
        }
        switch audience {
        case .everyone:
            for (number, count) in counts(inboxPartitions).enumerated() where count > 0 {
                routes[Int32(number)] = Route(Partition(Int32(number)))
            }
        case .accounts(let accounts):
            for account in accounts { update(account) { $0.only.append(account) } }
        }
        for change in event.memberChanges {
            if change.role == nil {
                update(change.account) { $0.left.append(change.account) }
            } else if value.members.all[change.account]?.since == event.seq {
                update(change.account) { $0.joined.append(change.account) }
            }
        }
        return routes.values.sorted { $0.partition < $1.partition }
    }

    /// The sender's partition first.
    private func pairRoutes(from sender: AccountID, _ inboxPartitions: Int) -> [Route] {
        if pair.isEmpty {
            pair = value.members.all.keys.sorted().map {
                ($0, Partitioner.partition(of: $0, count: inboxPartitions))
            }
        }
        guard pair.count == 2 else { return [] }
        let first = pair[0].account == sender ? 0 : 1
        let (one, other) = (pair[first].partition, pair[1 - first].partition)
        return one == other ? [Route(one)] : [Route(one), Route(other)]
    }

    private func counts(_ inboxPartitions: Int) -> [Int] {
        if let memberCounts { return memberCounts }
        var counts = [Int](repeating: 0, count: inboxPartitions)
        for (account, member) in value.members.all where member.role != nil {
            let partition = Partitioner.partition(of: account, count: inboxPartitions)
            counts[Int(partition.number)] += 1
        }
        memberCounts = counts
        return counts
    }

    private func count(_ changes: [TimelineEvent.MemberChange]) {
        guard let partitions = memberCounts?.count else { return }
        for change in changes {
            let was = value.members.role(of: change.account) != nil
            let change = (change.account, (change.role != nil ? 1 : 0) - (was ? 1 : 0))
            let partition = Partitioner.partition(of: change.0, count: partitions)
            memberCounts?[Int(partition.number)] += change.1
        }
    }
}
