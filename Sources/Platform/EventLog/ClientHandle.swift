import CRdKafka
import Synchronization

/// Owns one librdkafka client.
///
/// `@unchecked Sendable`: librdkafka's functions may be called from any thread on the same client, and the pointer never
/// changes. Whoever made it calls `close()` after the last use; a handle that goes away unclosed closes itself.
final class ClientHandle: @unchecked Sendable {
    /// The client; dangling after `close()`.
    let pointer: OpaquePointer
    private let isClosed = Atomic<Bool>(false)

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    /// Ends the client's threads and lets go of its memory; idempotent.
    ///
    /// It never waits for a consumer group: who left the group has done so before.
    func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        rd_kafka_destroy_flags(pointer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }

    deinit { close() }

    /// Asks any broker who the brokers are: whether one answers in time.
    func answers(within timeout: Duration) -> Bool {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(pointer, 0, nil, &metadata, timeout.libraryMilliseconds)
        if let metadata { rd_kafka_metadata_destroy(metadata) }
        return code.isSuccess
    }

    /// The first offset and the offset after the last of a partition, asked of its leader.
    func watermarks(
        topic: String,
        partition: Int32,
        timeout: Duration
    ) throws(EventLogError)
        -> (low: Int64, high: Int64)
    {
        var low: Int64 = 0
        var high: Int64 = 0
        let code = rd_kafka_query_watermark_offsets(
            pointer,
            topic,
            partition,
            &low,
            &high,
            timeout.libraryMilliseconds
        )
        guard code.isSuccess else {
            throw EventLogError(code, "asking for the watermarks of \(topic)/\(partition)")
        }
        return (max(low, 0), max(high, 0))
    }
}
