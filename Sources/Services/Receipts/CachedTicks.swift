import Conversations
import EventLog
import Events
import Projections

/// A conversation's ticks in memory, with what telling of them needs.
final class CachedTicks: CachedState {
    let id: ConversationID
    var value: ConversationTicks
    var isDirty = false
    /// Whether it is told of after the batch.
    var isDue = false
    /// The record that last moved its ticks or somebody's reading, if that is known.
    var cause: Origin?
    /// What `ReceiptsPartition` has counted it as.
    var weight = 0
    /// When members of a group were told, if it is not long ago.
    private var told: [AccountID: ContinuousClock.Instant] = [:]

    init(_ id: ConversationID, _ value: ConversationTicks) {
        self.id = id
        self.value = value
    }

    /// Puts out a record for each member whose ticks moved.
    ///
    /// In a group, for none of them sooner than `telling.interval` after the last: it stays owed until then.
    func tell(_ telling: Telling, cause last: Origin, _ outputs: inout Outputs) {
        let isGroup = value.kind == .group
        if !told.isEmpty {
            told = told.filter { $0.value.duration(to: telling.now) < telling.interval }
        }
        value.tell { participant, time in
            let account = participant.account
            if isGroup {
                guard told[account] == nil else { return false }
                told[account] = telling.now
            }
            let key = account.bytes
            outputs.append(
                OutgoingRecord(
                    topic: .inbox,
                    partition: Partitioner.partition(of: key, count: telling.inboxPartitions),
                    key: key,
                    value: InboxCoding.ticks(
                        account: account,
                        conversation: id,
                        deliveredSeq: participant.tickedDelivered,
                        readSeq: participant.tickedRead,
                        serverTime: time,
                        origin: cause ?? last
                    )
                )
            )
            return true
        }
    }

    /// Puts out a record for each member that has read further than it was told.
    ///
    /// - Returns: how many.
    func tellReaders(_ telling: Telling, cause last: Origin, _ outputs: inout Outputs) -> Int {
        var count = 0
        value.tellReaders { participant in
            outputs.append(
                telling.readMark(
                    of: participant.account,
                    in: id,
                    participant.own,
                    cause: cause ?? last
                )
            )
            count += 1
        }
        return count
    }
}
