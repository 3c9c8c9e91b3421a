import EventLog
import Events
import LogTail

/// All partitions of one topic, read on and on, with where each reader is.
///
/// Blocks; one thread at a time.
final class TopicTail {
    let topic: Topic
    private let reader: LogReader
    /// Everything below has been read.
    private(set) var positions: [TopicPartition: Offset] = [:]
    /// Where each partition began.
    let begins: [TopicPartition: Offset]
    /// The time of the newest record.
    private(set) var time = Timestamp(milliseconds: 0)
    private(set) var records = 0

    /// Begins with the oldest records that are kept.
    init(
        _ topic: Topic,
        partitions: Int,
        _ admin: LogAdmin,
        _ configuration: EventLogConfiguration
    ) throws {
        self.topic = topic
        var begins: [TopicPartition: Offset] = [:]
        for number in 0..<Int32(partitions) {
            let partition = TopicPartition(topic, Partition(number))
            begins[partition] = try admin.watermarks(of: partition).low
        }
        self.begins = begins
        positions = begins
        reader = try LogReader(
            configuration,
            start: begins.mapValues { .offset($0) },
            logger: .quiet
        )
    }

    /// Where the partitions end now.
    ///
    /// - Throws: `LogExtent.Refusal` if that lies before what has been read: the log is another one.
    func ends(_ admin: LogAdmin) throws -> [TopicPartition: Offset] {
        var ends: [TopicPartition: Offset] = [:]
        for (partition, position) in positions {
            let end = try admin.watermarks(of: partition).high
            guard end >= position else {
                throw LogExtent.Refusal(
                    description: "\(partition) ends at \(end), and was read up to \(position): "
                        + "the log has lost its end, or was made anew"
                )
            }
            ends[partition] = end
        }
        return ends
    }

    /// Whether everything before these places has been read.
    func hasRead(_ ends: [TopicPartition: Offset]) -> Bool {
        ends.allSatisfy { positions[$0.key] ?? Offset(0) >= $0.value }
    }

    /// The next records, which may be none.
    func poll(timeout: Duration) throws -> [LogRecord] {
        let batch = try reader.poll(timeout: timeout)
        for record in batch {
            positions[record.topicPartition] = record.offset.next
            time = max(time, record.timestamp)
        }
        records += batch.count
        // Records that were removed leave gaps, also at the end.
        for (partition, end) in reader.takeEnds() {
            positions[partition] = max(positions[partition] ?? end, end)
        }
        return batch
    }

    func close() { reader.close() }
}
