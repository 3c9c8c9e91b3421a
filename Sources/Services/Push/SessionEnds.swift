import EventLog
import Events

/// Tells how far `sessions` reaches; the seam that tests stand in for.
protocol SessionEnds {
    /// The oldest offset kept and the one after the newest, of a partition of `sessions`. Blocks, but not for long.
    func ends(of partition: Partition) throws -> LogAdmin.Watermarks
}

/// Asks the broker.
struct BrokerSessionEnds: SessionEnds {
    let admin: LogAdmin

    func ends(of partition: Partition) throws -> LogAdmin.Watermarks {
        try admin.watermarks(of: TopicPartition(.sessions, partition), timeout: .seconds(1))
    }
}
