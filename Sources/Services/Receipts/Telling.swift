import Conversations
import EventLog
import Events

/// How accounts are told after a batch: senders of their ticks, readers of their own reading.
struct Telling {
    /// The present moment.
    var now: ContinuousClock.Instant
    /// The least time between two records for one sender in one group.
    var interval: Duration
    /// How many partitions `inbox` has.
    var inboxPartitions: Int

    /// The record that tells an account's devices how far it has read a conversation.
    func readMark(
        of account: AccountID,
        in conversation: ConversationID,
        _ own: OwnRead,
        cause: Origin
    ) -> OutgoingRecord {
        let key = account.bytes
        return OutgoingRecord(
            topic: .inbox,
            partition: Partitioner.partition(of: key, count: inboxPartitions),
            key: key,
            value: InboxCoding.readMark(
                of: account,
                in: conversation,
                seq: own.told,
                serverTime: Timestamp(milliseconds: own.time),
                origin: cause
            )
        )
    }
}
