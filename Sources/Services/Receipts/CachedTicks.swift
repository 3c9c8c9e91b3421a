import Conversations
import EventLog
import Events
import Projections

/// A conversation's ticks in memory, with what is to be told after the batch.
final class CachedTicks: CachedState {
    let id: ConversationID
    var value: ConversationTicks
    var isDirty = false
    /// The members whose ticks moved and are to be told, and the record that moved them last.
    var moved: [(place: Int, cause: Origin)] = []
    /// Whether ticks moved that may not have been told, because the partition had not caught up.
    var isOwed: Bool
    /// Whether it is told of after the batch.
    var isDue = false
    private var routes: [(key: [UInt8], partition: Partition)] = []

    init(_ id: ConversationID, _ value: ConversationTicks, isOwed: Bool = false) {
        self.id = id
        self.value = value
        self.isOwed = isOwed
    }

    /// Notes moved ticks.
    func note(_ places: [Int], cause: Origin) {
        for place in places {
            if let known = moved.firstIndex(where: { $0.place == place }) {
                moved[known].cause = cause
            } else {
                moved.append((place, cause))
            }
        }
    }

    /// Notes all ticks there are, as moved by this record unless another is known.
    func noteAll(cause: Origin) {
        for (place, member) in value.members.enumerated()
        where max(member.tickedDelivered, member.tickedRead) > 0
            && !moved.contains(where: { $0.place == place })
        {
            moved.append((place, cause))
        }
    }

    /// The records that tell of what moved; nothing is left to tell then.
    func takeRecords(inboxPartitions: Int, _ outputs: inout Outputs) {
        if routes.isEmpty {
            routes = value.members.map { member in
                let key = member.account.bytes
                return (key, Partitioner.partition(of: key, count: inboxPartitions))
            }
        }
        for (place, cause) in moved {
            let member = value.members[place]
            outputs.append(
                OutgoingRecord(
                    topic: .inbox,
                    partition: routes[place].partition,
                    key: routes[place].key,
                    value: InboxCoding.ticks(
                        account: member.account,
                        conversation: id,
                        deliveredSeq: member.tickedDelivered,
                        readSeq: member.tickedRead,
                        serverTime: value.tickTime(of: place),
                        origin: cause
                    )
                )
            )
        }
        moved.removeAll(keepingCapacity: true)
        isOwed = false
        isDue = false
    }
}
