import CRdKafka
import Events
import Logging
import Metrics

/// A group member's life on its one thread, from joining to leaving.
final class GroupConsumerLoop {
    /// How long leaving the group may take before the client goes away all the same.
    private static let leaveTimeout: Duration = .seconds(5)
    /// Commits to the group are for lag tools alone: not more often than this.
    private static let commitInterval: Duration = .seconds(1)

    /// So much is answered with at once however patient the consumer is.
    private static let gatheredBytesMax = 256 * 1024

    private let client: ClientHandle
    private let queue: EventQueue
    private let options: GroupConsumer.Options
    private let logger: Logger
    private let signal: StopSignal
    private let handler: any GroupConsumerHandler
    private let consumed: Counter
    private var copier = RecordCopier()
    private var batch: [LogRecord] = []
    private var batchBytes = 0
    private var owned: Set<TopicPartition> = []
    private var uncommitted: [TopicPartition: Offset] = [:]
    private var lastCommit = ContinuousClock.now
    /// `nil` before it is known.
    private var isReachable: Bool?
    private var nextProbe = ContinuousClock.now
    private var isLeaving = false

    private init(
        _ configuration: EventLogConfiguration,
        options: GroupConsumer.Options,
        logger: Logger,
        signal: StopSignal,
        handler: any GroupConsumerHandler
    ) throws(EventLogError) {
        client = try Self.settings(configuration, options: options).makeClient()
        queue = try EventQueue.consumer(of: client)
        self.options = options
        self.logger = logger
        self.signal = signal
        self.handler = handler
        consumed = Counter(
            label: "martlet_log_records_consumed",
            dimensions: [("group", options.group)]
        )
    }

    private static func settings(
        _ configuration: EventLogConfiguration,
        options: GroupConsumer.Options
    ) -> ClientSettings {
        var settings = ClientSettings(
            configuration,
            role: .consumer,
            events: [.records, .rebalances, .errors, .logs]
        )
        settings.readAhead(bytesMax: options.readAheadBytesMax)
        if options.fetchPatience > .zero {
            settings["fetch.min.bytes"] = String(Self.gatheredBytesMax)
            settings["fetch.wait.max.ms"] = String(options.fetchPatience.libraryMilliseconds)
        }
        settings["group.id"] = options.group
        // Co-partitioned topics: the same numbers of each go to the same member.
        settings["partition.assignment.strategy"] = "range"
        settings["session.timeout.ms"] = String(options.sessionTimeout.libraryMilliseconds)
        settings["heartbeat.interval.ms"] =
            String(max(options.sessionTimeout.libraryMilliseconds / 4, 1))
        // A handler may load state, or wait for a log that is away.
        settings["max.poll.interval.ms"] = "1800000"
        return settings
    }

    /// Runs a member until it is stopped or an error ends it.
    static func run(
        _ configuration: EventLogConfiguration,
        options: GroupConsumer.Options,
        logger: Logger,
        signal: StopSignal,
        handler: any GroupConsumerHandler
    ) throws {
        guard !signal.isStopped else { return }
        let loop = try GroupConsumerLoop(
            configuration,
            options: options,
            logger: logger,
            signal: signal,
            handler: handler
        )
        signal.watch(loop.queue)
        let outcome = Result { try loop.serve() }
        loop.leave()
        signal.watch(nil)
        loop.queue.close()
        loop.client.close()
        try outcome.get()
    }

    private func serve() throws {
        try subscribe()
        setReachable(client.answers(within: .seconds(1)))
        while !signal.isStopped {
            try collect()
            try processBatch()
            commitIfDue()
            probeIfAway()
        }
    }

    private func subscribe() throws(EventLogError) {
        let topics = options.topics.map { TopicPartition($0, Partition(RD_KAFKA_PARTITION_UA)) }
        guard let list = PartitionList(topics, offset: { _ in Int64(RD_KAFKA_OFFSET_INVALID) })
        else { throw EventLogError(.other, "out of memory") }
        let code = rd_kafka_subscribe(client.pointer, list.pointer)
        guard code.isSuccess else { throw EventLogError(code, "subscribing") }
    }

    // MARK: Records

    /// Waits for a first record, then takes what is there, up to the bounds.
    private func collect() throws {
        let clock = ContinuousClock()
        var deadline = clock.now + options.pollInterval
        while true {
            let timeout = clock.now.duration(to: deadline)
            guard let event = timeout > .zero ? queue.poll(timeout) : queue.poll() else {
                if batch.isEmpty, timeout > .zero, !signal.isStopped { continue }
                return
            }
            if event.type == RD_KAFKA_EVENT_FETCH {
                if batch.isEmpty { deadline = clock.now + options.batchLinger }
                append(event)
                if batch.count >= options.batchRecordsMax || batchBytes >= options.batchBytesMax {
                    return
                }
            } else {
                try handle(event)
            }
            if signal.isStopped { return }
        }
    }

    private func append(_ event: borrowing ClientEvent) {
        while let message = event.nextMessage() {
            guard let record = copier.copy(message) else { continue }
            batchBytes += (record.key?.count ?? 0) + (record.value?.count ?? 0)
            batch.append(record)
        }
    }

    /// Gives the batch in hand to the handler, even if it is empty.
    private func processBatch() throws {
        let records = batch
        batch = []
        batchBytes = 0
        if !records.isEmpty {
            batch.reserveCapacity(records.count)
            setReachable(true)
            consumed.increment(by: Int64(records.count))
        }
        let offsets = try handler.process(records)
        uncommitted.merge(offsets.filter { owned.contains($0.key) }) { max($0, $1) }
    }

    private func commitIfDue() {
        let now = ContinuousClock.now
        guard !uncommitted.isEmpty, isReachable == true,
            lastCommit.duration(to: now) >= Self.commitInterval
        else { return }
        lastCommit = now
        commit()
    }

    private func commit() {
        let offsets = uncommitted
        uncommitted = [:]
        guard !offsets.isEmpty,
            let list = PartitionList(offsets.keys, offset: { offsets[$0]?.number ?? 0 })
        else { return }
        let code = rd_kafka_commit(client.pointer, list.pointer, 1)
        if !code.isSuccess {
            logger.debug("the group's offsets were not committed: \(EventLogError.name(of: code))")
        }
    }

    // MARK: Everything else

    private func handle(_ event: borrowing ClientEvent) throws {
        switch event.type {
        case RD_KAFKA_EVENT_REBALANCE: try rebalance(event)
        case RD_KAFKA_EVENT_ERROR: try notice(event)
        case RD_KAFKA_EVENT_LOG: event.log(to: logger)
        default: break
        }
    }

    private func rebalance(_ event: borrowing ClientEvent) throws {
        // What was read of the partitions that are going is still ours to process.
        if !batch.isEmpty, !isLeaving, rd_kafka_assignment_lost(client.pointer) == 0 {
            try processBatch()
        }
        batch = []
        batchBytes = 0
        copier.forgetTopics()
        guard event.error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, !isLeaving,
            let list = rd_kafka_event_topic_partition_list(event.pointer)
        else { return revoke() }
        let partitions = PartitionList.elements(of: list).map(\.partition).sorted()
        logger.info("partitions assigned", metadata: Self.metadata(partitions))
        let starts: [TopicPartition: StartPosition]
        do {
            starts = try handler.assigned(partitions)
        } catch {
            rd_kafka_assign(client.pointer, nil)
            throw error
        }
        owned = Set(partitions)
        let positions = PartitionList(partitions) { (starts[$0] ?? .beginning).libraryOffset }
        guard let positions else { throw EventLogError(.other, "out of memory") }
        let code = rd_kafka_assign(client.pointer, positions.pointer)
        guard code.isSuccess else { throw EventLogError(code, "taking partitions over") }
    }

    private func revoke() {
        let isLost = rd_kafka_assignment_lost(client.pointer) != 0
        if !isLost { commit() }
        uncommitted = [:]
        let partitions = owned.sorted()
        owned = []
        if !partitions.isEmpty {
            logger.info(
                isLost ? "partitions lost" : "partitions revoked",
                metadata: Self.metadata(partitions)
            )
            handler.revoked(partitions, lost: isLost)
        }
        rd_kafka_assign(client.pointer, nil)
    }

    private func notice(_ event: borrowing ClientEvent) throws {
        if event.isFatal { throw EventLogError(.fatal, event.errorText) }
        switch event.error {
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: setReachable(false)
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
            logger.notice("waiting for a topic: \(event.errorText)")
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR__AUTHENTICATION:
            logger.error("the log refuses us: \(event.errorText)")
        default: logger.debug("librdkafka: \(event.errorText)")
        }
    }

    // MARK: Reachability

    private func setReachable(_ isReachable: Bool) {
        guard isReachable != self.isReachable else { return }
        self.isReachable = isReachable
        if isReachable {
            logger.info("the log is reachable")
        } else {
            logger.warning("the log is unreachable")
        }
        handler.reachabilityChanged(isReachable)
    }

    /// An idle consumer hears nothing of a broker's return, so it asks.
    private func probeIfAway() {
        guard isReachable != true, ContinuousClock.now >= nextProbe else { return }
        setReachable(client.answers(within: .milliseconds(100)))
        nextProbe = .now + .milliseconds(250)
    }

    // MARK: Leaving

    /// Leaves the group, telling the handler of the final revocation.
    private func leave() {
        isLeaving = true
        batch = []
        // Before leaving: as long as the partitions are ours the handler may finish with them.
        revoke()
        if let error = rd_kafka_consumer_close_queue(client.pointer, queue.pointer) {
            rd_kafka_error_destroy(error)
            return
        }
        let deadline = ContinuousClock.now + Self.leaveTimeout
        while rd_kafka_consumer_closed(client.pointer) == 0, ContinuousClock.now < deadline {
            guard let event = queue.poll(.milliseconds(50)) else { continue }
            if event.type == RD_KAFKA_EVENT_REBALANCE { revoke() }
        }
    }

    private static func metadata(_ partitions: [TopicPartition]) -> Logger.Metadata {
        ["partitions": "\(partitions.map(\.description).joined(separator: " "))"]
    }
}

extension ClientSettings {
    /// What every reader has: records as they come, up to a bound; offsets that we keep ourselves.
    mutating func readAhead(bytesMax: Int) {
        self["enable.auto.commit"] = "false"
        self["enable.auto.offset.store"] = "false"
        // An offset that is no longer kept continues at the oldest record.
        self["auto.offset.reset"] = "earliest"
        self["fetch.min.bytes"] = "1"
        self["fetch.wait.max.ms"] = "500"
        self["fetch.error.backoff.ms"] = "50"
        self["queued.min.messages"] = "1000000"
        self["queued.max.messages.kbytes"] = String(max(bytesMax / 1024, 64))
        self["topic.metadata.refresh.interval.ms"] = "5000"
    }
}
