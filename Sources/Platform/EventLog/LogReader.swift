import CRdKafka
public import Events
public import Logging

/// Reads partitions that it is given, outside any group: for following, replaying, searching.
///
/// Blocks: use it from a thread of its own (`LogReader.onThread`), never from an event loop. One thread at a time.
public final class LogReader {
    /// How long `readToEnd` waits for a log that gives nothing, before it fails with `unavailable`.
    static let silenceMax: Duration = .seconds(30)

    private let client: ClientHandle
    private let queue: EventQueue
    private let logger: Logger
    private var copier = RecordCopier()
    private var isClosed = false
    /// Where partitions ended when their readers got there, since the last `poll`.
    private var ends: [TopicPartition: Offset] = [:]

    /// Starts reading these partitions at these places.
    ///
    /// `readAheadBytesMax` is how much is read ahead, about, and how much is read a second at most; see `GroupConsumer.Options`. `patience` is
    /// how long the broker waits at the ends for more to come, and so how long `read` waits for it.
    ///
    /// - Throws: `EventLogError.Code.invalidConfiguration`. A log that is away is waited for in `poll`.
    public init(
        _ configuration: EventLogConfiguration,
        start: [TopicPartition: StartPosition],
        readAheadBytesMax: Int = 32 * 1024 * 1024,
        patience: Duration = .milliseconds(500),
        logger: Logger
    ) throws(EventLogError) {
        var settings = ClientSettings(
            configuration,
            role: .consumer,
            events: [.records, .errors, .logs]
        )
        settings.readAhead(bytesMax: readAheadBytesMax)
        settings["fetch.wait.max.ms"] = String(patience.milliseconds)
        // Never joined, never committed to; the library wants a name to allow assignments.
        settings["group.id"] = "\(configuration.clientID)-reader"
        settings["enable.partition.eof"] = "true"
        let client = try settings.makeClient()
        self.client = client
        self.logger = logger
        queue = try EventQueue.consumer(of: client)
        try read(start)
    }

    /// Reads these partitions at these places, and no others any more.
    ///
    /// - Throws: `EventLogError`.
    public func read(_ start: [TopicPartition: StartPosition]) throws(EventLogError) {
        let positions = PartitionList(start.keys.sorted()) {
            (start[$0] ?? .beginning).libraryOffset
        }
        guard let positions else { throw EventLogError(.other, "out of memory") }
        let code = rd_kafka_assign(client.pointer, positions.pointer)
        guard code.isSuccess else { throw EventLogError(code, "starting to read") }
    }

    /// The next records, in order per partition; empty if none came in time.
    ///
    /// Waits up to `timeout` for the first, then takes what is there.
    public func poll(
        maxRecords: Int = 2000,
        timeout: Duration = .milliseconds(100)
    )
        throws(EventLogError) -> [LogRecord]
    {
        try poll(maxRecords: maxRecords, timeout: timeout, returnsAtEnds: false)
    }

    /// As the public one; if asked for, it does not wait for more when a partition's end was reached.
    func poll(
        maxRecords: Int,
        timeout: Duration,
        returnsAtEnds: Bool
    ) throws(EventLogError)
        -> [LogRecord]
    {
        guard !isClosed else { throw EventLogError(.closed, "the reader is closed") }
        var records: [LogRecord] = []
        let deadline = ContinuousClock.now + timeout
        while records.count < maxRecords {
            let mayWait = records.isEmpty && !(returnsAtEnds && !ends.isEmpty)
            let left = mayWait ? ContinuousClock.now.duration(to: deadline) : .zero
            guard let event = queue.poll(left) else {
                if left > .zero { continue }
                break
            }
            switch event.type {
            case RD_KAFKA_EVENT_FETCH:
                while let message = event.nextMessage() {
                    if let record = copier.copy(message) { records.append(record) }
                }
            case RD_KAFKA_EVENT_ERROR: try notice(event)
            case RD_KAFKA_EVENT_LOG: event.log(to: logger)
            default: break
            }
        }
        return records
    }

    private func notice(_ event: borrowing ClientEvent) throws(EventLogError) {
        if event.isFatal { throw EventLogError(.fatal, event.errorText) }
        guard event.error == RD_KAFKA_RESP_ERR__PARTITION_EOF else {
            logger.debug("librdkafka: \(event.errorText)")
            return
        }
        guard let place = rd_kafka_event_topic_partition(event.pointer) else { return }
        defer { rd_kafka_topic_partition_destroy(place) }
        guard let name = place.pointee.topic, let topic = Topic(name: String(cString: name)) else {
            return
        }
        let partition = TopicPartition(topic, Partition(place.pointee.partition))
        ends[partition] = Offset(place.pointee.offset)
    }

    /// Takes out where partitions ended, as far as their ends were reached since the last call.
    public func takeEnds() -> [TopicPartition: Offset] {
        defer { ends = [:] }
        return ends
    }

    /// The high watermark of a partition, waiting for a log that is away.
    func highWatermark(of partition: TopicPartition) throws(EventLogError) -> Offset {
        let deadline = ContinuousClock.now + Self.silenceMax
        while true {
            do {
                let watermarks = try client.watermarks(
                    topic: partition.topic.name,
                    partition: partition.partition.number,
                    timeout: .seconds(5)
                )
                return Offset(watermarks.high)
            } catch {
                guard error.isRetriable, ContinuousClock.now < deadline else { throw error }
                _ = client.answers(within: .milliseconds(200))
            }
        }
    }

    /// Stops reading; idempotent.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        queue.close()
        client.close()
    }

    deinit { close() }

    /// Reads everything from `start` up to the ends that the partitions have now, calling `body` with each batch.
    ///
    /// Blocks the calling thread. An aborted or empty partition ends at its high watermark, whatever is missing in between.
    ///
    /// - Throws: what `body` throws; `unknownTopic`; `unavailable` if the log gives nothing for 30 s.
    public static func readToEnd(
        _ configuration: EventLogConfiguration,
        start: [TopicPartition: StartPosition],
        logger: Logger,
        body: ([LogRecord]) throws -> Void
    ) throws {
        let reader = try LogReader(configuration, start: start, logger: logger)
        defer { reader.close() }
        var unread: [TopicPartition: Offset] = [:]
        for (partition, position) in start where position != .end {
            let high = try reader.highWatermark(of: partition)
            if case .offset(let offset) = position, offset >= high { continue }
            if high > Offset(0) { unread[partition] = high }
        }
        let highs = unread
        var lastProgress = ContinuousClock.now
        while !unread.isEmpty {
            var records = try reader.poll(
                maxRecords: 2000,
                timeout: .milliseconds(100),
                returnsAtEnds: true
            )
            let ends = reader.takeEnds()
            if records.isEmpty, ends.isEmpty {
                guard lastProgress.duration(to: .now) < silenceMax else {
                    throw EventLogError(.unavailable, "the log gives nothing")
                }
                continue
            }
            lastProgress = .now
            for record in records {
                finish(record.topicPartition, at: record.offset.next, &unread)
            }
            for (partition, end) in ends { finish(partition, at: end, &unread) }
            records.removeAll { record in
                highs[record.topicPartition].map { record.offset >= $0 } ?? true
            }
            if !records.isEmpty { try body(records) }
        }
    }

    private static func finish(
        _ partition: TopicPartition,
        at offset: Offset,
        _ unread: inout [TopicPartition: Offset]
    ) {
        if let high = unread[partition], offset >= high { unread[partition] = nil }
    }

    /// Runs `body`, which may block, on a new thread.
    ///
    /// - Throws: what `body` throws.
    public static func onThread<Value: Sendable>(
        _ name: String = "log-reader",
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            _ = BackgroundThread(name) { continuation.resume(with: Result { try body() }) }
        }
    }
}
