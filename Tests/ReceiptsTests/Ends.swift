import EventLog
import Events
import Projections

/// Topics with so many records.
struct Ends: InputLog {
    var timeline: Int64
    var receipts: Int64

    func watermarks(of partition: TopicPartition) -> LogAdmin.Watermarks {
        LogAdmin.Watermarks(
            low: Offset(0),
            high: Offset(partition.topic == .timeline ? timeline : receipts)
        )
    }
}
