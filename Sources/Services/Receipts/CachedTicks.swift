import Conversations
import EventLog
import Events
import Projections

/// A conversation's ticks in memory, with what is to be told after the batch.
final class CachedTicks: CachedState {
    let id: ConversationID
    var value: ConversationTicks
    var isDirty = false
    /// The members whose ticks moved in this batch, and the record that moved them last.
    var moved: [(place: Int, cause: Origin)] = []
    private var routes: [(key: [UInt8], partition: Partition)] = []

    init(_ id: ConversationID, _ value: ConversationTicks) {
        self.id = id
        self.value = value
    }

    /// Notes moved ticks; whether they are the first of this batch.
    func note(_ places: [Int], cause: Origin) -> Bool {
        let isFirst = moved.isEmpty
        for place in places {
            if let known = moved.firstIndex(where: { $0.place == place }) {
                moved[known].cause = cause
            } else {
                moved.append((place, cause))
            }
        }
        return isFirst
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
    }
}
