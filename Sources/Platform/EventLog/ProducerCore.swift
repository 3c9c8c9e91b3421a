import CRdKafka
import Dispatch
import Events
import Logging
import Metrics
import Synchronization

/// The producer's shell: the client, its thread, and the state under one lock.
///
/// The thread keeps the core alive until `close()`; the core never keeps the `EventProducer`.
final class ProducerCore: Sendable {
    private let client: ClientHandle
    private let queue: EventQueue
    private let logger: Logger
    private let state: Mutex<ProducerState>
    private let topics = Mutex<[UInt32: TopicHandle]>([:])
    private let counts = Mutex<[Topic: Int]>([:])
    private let thread = Mutex<BackgroundThread?>(nil)
    private let reachable = Atomic<Bool>(false)
    private let isStopping = Atomic<Bool>(false)
    /// Threads between admission and the library's answer; `close` waits for them.
    private let callsInside = Atomic<Int>(0)
    private let appended = Counter(label: "martlet_log_records_appended")
    private let failed = Counter(label: "martlet_log_records_failed")

    init(
        _ configuration: EventLogConfiguration,
        options: EventProducer.Options,
        logger: Logger
    ) throws(EventLogError) {
        client = try Self.settings(configuration, options: options).makeClient()
        queue = try EventQueue.main(of: client)
        self.logger = logger
        state = Mutex(
            ProducerState(
                recordsMax: options.queueRecordsMax,
                bytesMax: options.queueBytesMax
            )
        )
    }

    private static func settings(
        _ configuration: EventLogConfiguration,
        options: EventProducer.Options
    ) -> ClientSettings {
        var settings = ClientSettings(
            configuration,
            role: .producer,
            events: [.reports, .errors, .logs]
        )
        settings["acks"] = "all"
        settings["enable.idempotence"] = "true"
        settings["enable.gapless.guarantee"] = options.messageTimeout == nil ? "true" : "false"
        settings["max.in.flight.requests.per.connection"] = "5"
        settings["partitioner"] = "murmur2"
        let timeout = options.messageTimeout?.libraryMilliseconds
        settings["message.timeout.ms"] = String(timeout ?? 0)
        // A topic that is not there yet is waited for, as a broker is.
        settings["topic.metadata.propagation.max.ms"] = String(timeout ?? 3_600_000)
        settings["request.timeout.ms"] = "10000"
        let linger =
            Double(options.linger.components.attoseconds) / 1e15
            + Double(options.linger.components.seconds) * 1000
        settings["linger.ms"] = String(linger)
        // The bounds are ours (`ReportTable`); the library counts a record until its report is freed, a little longer.
        settings["queue.buffering.max.messages"] = String(options.queueRecordsMax + 10_000)
        settings["queue.buffering.max.kbytes"] = String(options.queueBytesMax / 1024 * 2 + 16384)
        return settings
    }

    /// Starts the one thread.
    func start() {
        thread.withLock { $0 = BackgroundThread("log-producer") { self.serve() } }
    }

    var isReachable: Bool { reachable.load(ordering: .relaxed) }

    var isClosed: Bool {
        state.withLock {
            if case .closing = $0.phase { true } else { false }
        }
    }

    // MARK: Sending

    func send(
        _ record: OutgoingRecord,
        onReport: @escaping @Sendable (Result<RecordPosition, EventLogError>) -> Void
    ) {
        if let refusal = offer(record, .callback(onReport)) { onReport(.failure(refusal)) }
    }

    func begin(_ records: [OutgoingRecord]) throws(EventLogError) -> AppendInFlight {
        let batch = ProducerState.Batch()
        var failure: EventLogError?
        for record in records {
            failure = offerWaiting(record, batch)
            if failure != nil { break }
        }
        state.withLock { $0.finishSending(batch, failure: failure) }.perform()
        let append = AppendInFlight(batch)
        if failure != nil { try append.wait() }
        return append
    }

    /// Offers a record, as often as the queue is full.
    private func offerWaiting(
        _ record: OutgoingRecord,
        _ batch: ProducerState.Batch
    ) -> EventLogError? {
        while true {
            guard let refusal = offer(record, .batch(batch)) else { return nil }
            guard refusal.code == .queueFull else { return refusal }
            let room = DispatchSemaphore(value: 0)
            let mustWait = state.withLock { state in
                // Room may have come in between, and then nobody would signal.
                guard state.unresolved > 0 else { return false }
                state.waitForRoom(room)
                return true
            }
            if mustWait { room.wait() }
        }
    }

    /// Hands a record to the library; says why not if it is refused, and then its waiter was not told.
    private func offer(_ record: OutgoingRecord, _ waiter: ProducerState.Waiter) -> EventLogError? {
        callsInside.wrappingAdd(1, ordering: .acquiringAndReleasing)
        defer { callsInside.wrappingSubtract(1, ordering: .acquiringAndReleasing) }
        let bytes = record.key.count + (record.value?.count ?? 0)
        let admission = state.withLock {
            $0.admit(topic: record.topic, bytes: bytes, waiter: waiter)
        }
        let slot: Int
        switch admission {
        case .success(let number): slot = number
        case .failure(let refusal): return refusal
        }
        guard let topic = topicHandle(record.topic) else {
            return withdraw(slot, EventLogError(.other, "no handle for \(record.topic)"))
        }
        let code = Self.produce(record, to: topic, of: client, slot: slot)
        guard code.isSuccess else {
            return withdraw(slot, EventLogError(code, "appending to \(record.topic)"))
        }
        return nil
    }

    /// Takes back a record that the library refused.
    ///
    /// The caller's batch is told by the caller.
    private func withdraw(_ slot: Int, _ error: EventLogError) -> EventLogError? {
        let (wasThere, effects) = state.withLock { $0.withdraw(slot) }
        effects.perform()
        return wasThere ? error : nil
    }

    private static func produce(
        _ record: OutgoingRecord,
        to topic: TopicHandle,
        of client: ClientHandle,
        slot: Int
    ) -> rd_kafka_resp_err_t {
        record.key.withUnsafeBytes { key in
            // An empty buffer may have no address, and to the library a value without one is a tombstone.
            withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { nothing in
                func produce(_ value: UnsafeRawPointer?, _ count: Int) -> rd_kafka_resp_err_t {
                    martlet_rd_kafka_produce(
                        client.pointer,
                        topic.pointer,
                        record.partition?.number ?? RD_KAFKA_PARTITION_UA,
                        key.baseAddress ?? UnsafeRawPointer(nothing.baseAddress),
                        key.count,
                        value,
                        count,
                        UnsafeMutableRawPointer(bitPattern: slot + 1)
                    )
                }
                guard let value = record.value else { return produce(nil, 0) }
                return value.withUnsafeBytes {
                    produce($0.baseAddress ?? UnsafeRawPointer(nothing.baseAddress), $0.count)
                }
            }
        }
    }

    private func topicHandle(_ topic: Topic) -> TopicHandle? {
        topics.withLock { topics in
            if let handle = topics[topic.number] { return handle }
            let handle = TopicHandle(topic.name, of: client)
            topics[topic.number] = handle
            return handle
        }
    }

    func partitionCount(of topic: Topic, timeout: Duration) throws(EventLogError) -> Int {
        if let count = counts.withLock({ $0[topic] }) { return count }
        callsInside.wrappingAdd(1, ordering: .acquiringAndReleasing)
        defer { callsInside.wrappingSubtract(1, ordering: .acquiringAndReleasing) }
        guard !isClosed else { throw EventLogError(.closed, "the producer is closed") }
        guard let handle = topicHandle(topic) else {
            throw EventLogError(.other, "no handle for \(topic)")
        }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(
            client.pointer,
            0,
            handle.pointer,
            &metadata,
            timeout.libraryMilliseconds
        )
        defer {
            if let metadata { rd_kafka_metadata_destroy(metadata) }
        }
        guard code.isSuccess, let metadata, metadata.pointee.topic_cnt > 0 else {
            throw EventLogError(code, "asking for the partitions of \(topic)")
        }
        let found = metadata.pointee.topics[0]
        guard found.err.isSuccess, found.partition_cnt > 0 else {
            throw EventLogError(found.err, "asking for the partitions of \(topic)")
        }
        let count = Int(found.partition_cnt)
        counts.withLock { $0[topic] = count }
        return count
    }

    // MARK: Reports

    /// The thread: blocked in the queue, never sleeping.
    private func serve() {
        while !isStopping.load(ordering: .acquiring) {
            if !isReachable { setReachable(client.answers(within: .milliseconds(50))) }
            guard let event = queue.poll(isReachable ? .seconds(1) : .milliseconds(100)) else {
                continue
            }
            switch event.type {
            case RD_KAFKA_EVENT_DR: resolve(event)
            case RD_KAFKA_EVENT_ERROR: notice(event)
            case RD_KAFKA_EVENT_LOG: event.log(to: logger)
            default: break
            }
        }
    }

    private func resolve(_ event: borrowing ClientEvent) {
        var reports: [ProducerState.Report] = []
        reports.reserveCapacity(rd_kafka_event_message_count(event.pointer))
        var successes = 0
        while let message = event.nextMessage() {
            let message = message.pointee
            if message.err.isSuccess { successes += 1 }
            reports.append(
                .init(
                    slot: Int(bitPattern: message._private) - 1,
                    code: message.err,
                    partition: Partition(message.partition),
                    offset: Offset(message.offset)
                )
            )
        }
        if successes > 0 {
            setReachable(true)
            appended.increment(by: Int64(successes))
        }
        if successes < reports.count { failed.increment(by: Int64(reports.count - successes)) }
        state.withLock { $0.resolve(reports) }.perform()
    }

    private func notice(_ event: borrowing ClientEvent) {
        let code = event.error
        if event.isFatal || code == RD_KAFKA_RESP_ERR__FATAL {
            let error = EventLogError(.fatal, event.errorText)
            logger.error("the producer can't go on", metadata: ["reason": "\(error.message)"])
            state.withLock { $0.fail(error) }.perform()
            // What is queued would wait for ever: a gapless producer has no message time-out.
            rd_kafka_purge(
                client.pointer,
                RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING
            )
        } else if code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN {
            setReachable(false)
        } else {
            logger.debug("librdkafka: \(event.errorText)")
        }
    }

    private func setReachable(_ isReachable: Bool) {
        let before = reachable.exchange(isReachable, ordering: .relaxed)
        guard before != isReachable else { return }
        if isReachable {
            logger.info("the log is reachable")
        } else {
            logger.warning("the log is unreachable")
        }
    }

    func failFatally() {
        rd_kafka_test_fatal_error(
            client.pointer,
            RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
            "asked for by a test"
        )
    }

    // MARK: Closing

    func close(timeout: Duration) {
        guard let effects = state.withLock({ $0.beginClosing() }) else { return }
        effects.perform()
        // Nobody gets in any more, and whoever is inside does not block long.
        let pause = DispatchSemaphore(value: 0)
        while callsInside.load(ordering: .acquiring) > 0 {
            _ = pause.wait(timeout: .now() + .milliseconds(1))
        }
        // Sends what lingers; the thread drains the reports meanwhile, which this call does not.
        rd_kafka_flush(client.pointer, timeout.libraryMilliseconds)
        if !waitUntilEmpty(.zero) {
            rd_kafka_purge(
                client.pointer,
                RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT
            )
            _ = waitUntilEmpty(.seconds(2))
        }
        isStopping.store(true, ordering: .releasing)
        queue.wake()
        thread.withLock { $0 }?.join()
        state.withLock { $0.resolveAll(EventLogError(.closed, "the producer was closed")) }
            .perform()
        topics.withLock { $0.removeAll() }
        queue.close()
        client.close()
    }

    private func waitUntilEmpty(_ timeout: Duration) -> Bool {
        let empty = DispatchSemaphore(value: 0)
        guard state.withLock({ $0.waitForEmpty(empty) }) else { return true }
        let deadline = DispatchTime.now() + .milliseconds(Int(timeout.libraryMilliseconds))
        return empty.wait(timeout: deadline) == .success
    }
}

/// Owns the library's handle of one topic and keeps its client alive.
///
/// `@unchecked Sendable`: the library's functions may be called from any thread; the pointer never changes.
final class TopicHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    private let client: ClientHandle

    init?(_ name: String, of client: ClientHandle) {
        guard let pointer = rd_kafka_topic_new(client.pointer, name, nil) else { return nil }
        self.pointer = pointer
        self.client = client
    }

    deinit {
        rd_kafka_topic_destroy(pointer)
    }
}
