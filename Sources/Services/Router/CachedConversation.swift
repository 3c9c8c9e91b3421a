import Conversations
import Events
import Projections

/// A conversation in memory, with what is derived from it for speed.
final class CachedConversation: CachedState {
    /// An inbox partition that hears of everything, and the account that its records are keyed by.
    struct Route {
        let account: AccountID
        let key: [UInt8]
        let partition: Partition
    }

    let id: ConversationID
    var value: Conversation
    /// Whether the database has an older state; such an entry must stay in memory.
    var isDirty = false
    /// The members' inbox partitions, in the order of `value.members`; empty until there are members.
    private var routes: [Route] = []

    init(_ value: Conversation) {
        self.id = value.id
        self.value = value
    }

    /// One route per distinct inbox partition, the sender's first.
    func routes(from sender: AccountID, inboxPartitions: Int) -> (Route, Route?)? {
        if routes.isEmpty {
            routes = value.members.map {
                let key = $0.bytes
                return Route(
                    account: $0,
                    key: key,
                    partition: Partitioner.partition(of: key, count: inboxPartitions)
                )
            }
        }
        guard routes.count == 2 else { return nil }
        let first = routes[0].account == sender ? 0 : 1
        let other = routes[1 - first]
        return (routes[first], other.partition == routes[first].partition ? nil : other)
    }
}
