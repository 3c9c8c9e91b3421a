import CRdKafka

/// The librdkafka properties of one client, from which it is made.
struct ClientSettings {
    /// What kind of client.
    enum Role {
        case producer
        case consumer
    }

    /// What is to come through the event queue.
    struct Events: OptionSet {
        let rawValue: Int32

        static let reports = Events(rawValue: RD_KAFKA_EVENT_DR)
        static let records = Events(rawValue: RD_KAFKA_EVENT_FETCH)
        static let errors = Events(rawValue: RD_KAFKA_EVENT_ERROR)
        static let rebalances = Events(rawValue: RD_KAFKA_EVENT_REBALANCE)
        static let logs = Events(rawValue: RD_KAFKA_EVENT_LOG)
    }

    private let role: Role
    private let events: Events
    private var properties: [String: String]
    private let overrides: [String: String]

    /// The properties that all our clients share.
    init(_ configuration: EventLogConfiguration, role: Role, events: Events) {
        self.role = role
        self.events = events
        overrides = configuration.properties
        properties = [
            "bootstrap.servers": configuration.brokers,
            "client.id": configuration.clientID,
            "socket.keepalive.enable": "true",
            // Small requests one after the other would wait for each other's acknowledgement.
            "socket.nagle.disable": "true",
            "socket.timeout.ms": "15000",
            "socket.connection.setup.timeout.ms": "5000",
            "reconnect.backoff.ms": "50",
            "reconnect.backoff.max.ms": "500",
            "retry.backoff.ms": "50",
            "topic.metadata.refresh.interval.ms": "10000",
            "topic.metadata.refresh.fast.interval.ms": "100",
            "log.connection.close": "false",
            "log.queue": events.contains(.logs) ? "true" : "false",
        ]
    }

    /// A property's value; ours, until the configuration overrides it.
    subscript(name: String) -> String? {
        get { overrides[name] ?? properties[name] }
        set { properties[name] = newValue }
    }

    /// Makes the client; it connects in the background.
    func makeClient() throws(EventLogError) -> ClientHandle {
        guard let configuration = rd_kafka_conf_new() else {
            throw EventLogError(.invalidConfiguration, "out of memory")
        }
        do {
            let merged = properties.merging(overrides) { $1 }
            for (name, value) in merged.sorted(by: { $0.key < $1.key }) {
                try Self.set(name, to: value, in: configuration)
            }
        } catch {
            rd_kafka_conf_destroy(configuration)
            throw error
        }
        rd_kafka_conf_set_events(configuration, events.rawValue)
        if !events.contains(.logs) {
            rd_kafka_conf_set_log_cb(configuration, nil)
        }
        var text = [CChar](repeating: 0, count: 512)
        let type = role == .producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER
        guard let client = rd_kafka_new(type, configuration, &text, text.count) else {
            rd_kafka_conf_destroy(configuration)
            throw EventLogError(.invalidConfiguration, Self.string(text))
        }
        if events.contains(.logs) {
            rd_kafka_set_log_queue(client, nil)
        }
        return ClientHandle(client)
    }

    private static func set(
        _ name: String,
        to value: String,
        in configuration: OpaquePointer
    ) throws(EventLogError) {
        var text = [CChar](repeating: 0, count: 512)
        guard rd_kafka_conf_set(configuration, name, value, &text, text.count) == RD_KAFKA_CONF_OK
        else { throw EventLogError(.invalidConfiguration, string(text)) }
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension Duration {
    /// Milliseconds as librdkafka takes them: not negative, at most 24 days, never 0 unless it is.
    var libraryMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        let whole = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        let isFraction = attoseconds % 1_000_000_000_000_000 != 0
        return Int32(whole + (isFraction ? 1 : 0))
    }
}
