import CRdKafka
public import Events
public import Logging

/// Makes and inspects topics.
///
/// Every call blocks up to its timeout: use it from a thread of its own.
public final class LogAdmin: Sendable {
    /// How a topic is to be.
    public struct TopicDefinition: Hashable, Sendable {
        /// The topic's name.
        public var name: String
        /// How many partitions.
        public var partitions: Int
        /// How many replicas.
        public var replicas: Int
        /// The configuration in Kafka's terms, such as `retention.ms` and `cleanup.policy`.
        public var configuration: [String: String]

        /// A definition of its parts.
        public init(
            name: String,
            partitions: Int,
            replicas: Int = 1,
            configuration: [String: String] = [:]
        ) {
            self.name = name
            self.partitions = partitions
            self.replicas = replicas
            self.configuration = configuration
        }
    }

    /// The first offset kept and the offset after the last, of a partition.
    public struct Watermarks: Hashable, Sendable {
        /// The oldest offset kept.
        public let low: Offset
        /// The offset that the next record will get.
        public let high: Offset

        /// Watermarks of their parts.
        public init(low: Offset, high: Offset) {
            self.low = low
            self.high = high
        }
    }

    private let configuration: EventLogConfiguration
    let client: ClientHandle

    /// Connects in the background.
    ///
    /// - Throws: `EventLogError.Code.invalidConfiguration`.
    public init(_ configuration: EventLogConfiguration, logger: Logger) throws(EventLogError) {
        self.configuration = configuration
        client = try Self.settings(configuration).makeClient()
    }

    private static func settings(_ configuration: EventLogConfiguration) -> ClientSettings {
        // A consumer without a group: it may ask everything and makes no topic by asking.
        ClientSettings(configuration, role: .consumer, events: [])
    }

    /// The names of all topics with their partition counts.
    public func topics(timeout: Duration = .seconds(5)) throws(EventLogError) -> [String: Int] {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(
            client.pointer,
            1,
            nil,
            &metadata,
            timeout.libraryMilliseconds
        )
        defer {
            if let metadata { rd_kafka_metadata_destroy(metadata) }
        }
        guard code.isSuccess, let metadata else {
            throw EventLogError(code, "listing the topics")
        }
        var counts: [String: Int] = [:]
        for index in 0..<Int(metadata.pointee.topic_cnt) {
            let topic = metadata.pointee.topics[index]
            guard let name = topic.topic, topic.partition_cnt > 0 else { continue }
            counts[String(cString: name)] = Int(topic.partition_cnt)
        }
        return counts
    }

    /// A topic's configuration as the broker has it.
    public func configuration(
        of name: String,
        timeout: Duration = .seconds(5)
    )
        throws(EventLogError) -> [String: String]
    {
        let queue = try EventQueue.temporary(of: client)
        defer { queue.close() }
        var resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name)
        let options = rd_kafka_AdminOptions_new(
            client.pointer,
            RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS
        )
        defer { rd_kafka_AdminOptions_destroy(options) }
        try Self.limit(options, to: timeout)
        rd_kafka_DescribeConfigs(client.pointer, &resource, 1, options, queue.pointer)
        rd_kafka_ConfigResource_destroy(resource)
        let event = try Self.answer(from: queue, within: timeout)
        guard event.error.isSuccess else {
            throw EventLogError(event.error, "asking for the configuration of \(name)")
        }
        var resourceCount = 0
        let result = rd_kafka_event_DescribeConfigs_result(event.pointer)
        guard
            let resources = rd_kafka_DescribeConfigs_result_resources(result, &resourceCount),
            resourceCount > 0
        else { throw EventLogError(.other, "no configuration of \(name) in the answer") }
        let code = rd_kafka_ConfigResource_error(resources[0])
        guard code.isSuccess else {
            throw EventLogError(code, "asking for the configuration of \(name)")
        }
        var entryCount = 0
        var values: [String: String] = [:]
        if let entries = rd_kafka_ConfigResource_configs(resources[0], &entryCount) {
            for index in 0..<entryCount {
                guard let key = rd_kafka_ConfigEntry_name(entries[index]),
                    let value = rd_kafka_ConfigEntry_value(entries[index])
                else { continue }
                values[String(cString: key)] = String(cString: value)
            }
        }
        return values
    }

    /// Makes topics; one that exists already is left alone.
    ///
    /// - Returns: the names of those that were made now.
    public func create(
        _ topics: [TopicDefinition],
        timeout: Duration = .seconds(10)
    )
        throws(EventLogError) -> [String]
    {
        guard !topics.isEmpty else { return [] }
        let queue = try EventQueue.temporary(of: client)
        defer { queue.close() }
        var requests: [OpaquePointer?] = []
        defer {
            for request in requests { rd_kafka_NewTopic_destroy(request) }
        }
        for topic in topics { requests.append(try Self.request(topic)) }
        let options = rd_kafka_AdminOptions_new(client.pointer, RD_KAFKA_ADMIN_OP_CREATETOPICS)
        defer { rd_kafka_AdminOptions_destroy(options) }
        try Self.limit(options, to: timeout)
        rd_kafka_CreateTopics(client.pointer, &requests, requests.count, options, queue.pointer)
        let event = try Self.answer(from: queue, within: timeout)
        guard event.error.isSuccess else { throw EventLogError(event.error, "making topics") }
        var count = 0
        let result = rd_kafka_event_CreateTopics_result(event.pointer)
        guard let outcomes = rd_kafka_CreateTopics_result_topics(result, &count) else { return [] }
        var made: [String] = []
        var failure: EventLogError?
        for index in 0..<count {
            guard let text = rd_kafka_topic_result_name(outcomes[index]) else { continue }
            let name = String(cString: text)
            let code = rd_kafka_topic_result_error(outcomes[index])
            if code.isSuccess {
                made.append(name)
            } else if code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS {
                failure = failure ?? EventLogError(code, "making the topic \(name)")
            }
        }
        if let failure { throw failure }
        return made
    }

    private static func request(_ topic: TopicDefinition) throws(EventLogError) -> OpaquePointer {
        var text = [CChar](repeating: 0, count: 512)
        guard
            let request = rd_kafka_NewTopic_new(
                topic.name,
                Int32(clamping: topic.partitions),
                Int32(clamping: topic.replicas),
                &text,
                text.count
            )
        else {
            throw EventLogError(.invalidConfiguration, "the definition of \(topic.name)")
        }
        for (name, value) in topic.configuration.sorted(by: { $0.key < $1.key }) {
            let code = rd_kafka_NewTopic_set_config(request, name, value)
            guard code.isSuccess else {
                rd_kafka_NewTopic_destroy(request)
                throw EventLogError(code, "\(name) of \(topic.name)")
            }
        }
        return request
    }

    private static func limit(
        _ options: OpaquePointer?,
        to timeout: Duration
    )
        throws(EventLogError)
    {
        var text = [CChar](repeating: 0, count: 512)
        let milliseconds = max(timeout.libraryMilliseconds, 1)
        let code = rd_kafka_AdminOptions_set_request_timeout(
            options,
            milliseconds,
            &text,
            text.count
        )
        guard code.isSuccess else { throw EventLogError(code, "limiting the request's time") }
    }

    /// Waits a little longer than the library does, for it to say itself that no broker answered.
    private static func answer(
        from queue: EventQueue,
        within timeout: Duration
    )
        throws(EventLogError) -> ClientEvent
    {
        guard let event = queue.poll(timeout + .seconds(1)) else {
            throw EventLogError(.unavailable, "no broker answers")
        }
        return event
    }

    /// The watermarks of a partition.
    public func watermarks(
        of partition: TopicPartition,
        timeout: Duration = .seconds(5)
    )
        throws(EventLogError) -> Watermarks
    {
        let (low, high) = try client.watermarks(
            topic: partition.topic.name,
            partition: partition.partition.number,
            timeout: timeout
        )
        return Watermarks(low: Offset(low), high: Offset(high))
    }

    /// Per partition the first offset whose time stamp is not before `time`; the end if there is none.
    public func offsets(
        of partitions: [TopicPartition],
        at time: Timestamp,
        timeout: Duration = .seconds(5)
    ) throws(EventLogError) -> [TopicPartition: Offset] {
        guard !partitions.isEmpty else { return [:] }
        guard let list = PartitionList(partitions, offset: { _ in max(time.milliseconds, 0) })
        else { throw EventLogError(.other, "out of memory") }
        let code = rd_kafka_offsets_for_times(
            client.pointer,
            list.pointer,
            timeout.libraryMilliseconds
        )
        guard code.isSuccess else { throw EventLogError(code, "asking for offsets by time") }
        var offsets: [TopicPartition: Offset] = [:]
        for element in list.elements {
            guard element.error.isSuccess else {
                throw EventLogError(element.error, "asking for an offset of \(element.partition)")
            }
            // None that late: the library says "end" and not where that is.
            offsets[element.partition] =
                element.offset >= 0
                ? Offset(element.offset)
                : try watermarks(of: element.partition, timeout: timeout).high
        }
        return offsets
    }

    /// The offsets that a group has committed; a partition without one is missing.
    public func committed(
        group: String,
        partitions: [TopicPartition],
        timeout: Duration = .seconds(5)
    ) throws(EventLogError) -> [TopicPartition: Offset] {
        var settings = Self.settings(configuration)
        settings["group.id"] = group
        let member = try settings.makeClient()
        defer { member.close() }
        guard
            let list = PartitionList(
                partitions,
                offset: { _ in Int64(RD_KAFKA_OFFSET_INVALID) }
            )
        else { throw EventLogError(.other, "out of memory") }
        let code = rd_kafka_committed(member.pointer, list.pointer, timeout.libraryMilliseconds)
        guard code.isSuccess else {
            throw EventLogError(code, "asking for the offsets of \(group)")
        }
        var offsets: [TopicPartition: Offset] = [:]
        for element in list.elements where element.error.isSuccess && element.offset >= 0 {
            offsets[element.partition] = Offset(element.offset)
        }
        return offsets
    }

    /// Lets go of the connection; idempotent.
    public func close() {
        client.close()
    }
}
