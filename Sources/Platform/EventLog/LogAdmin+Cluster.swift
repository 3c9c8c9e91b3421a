import CRdKafka

extension LogAdmin {
    /// The brokers of a log and how they share its topics, as one of them tells it.
    public struct Cluster: Hashable, Sendable {
        /// A broker, as clients are told to reach it.
        public struct Broker: Hashable, Sendable {
            /// Its number.
            public let id: Int32
            /// Its host.
            public let host: String
            /// Its port.
            public let port: Int

            /// A broker of its parts.
            public init(id: Int32, host: String, port: Int) {
                self.id = id
                self.host = host
                self.port = port
            }
        }

        /// How many copies of a partition there are.
        public struct Copies: Hashable, Sendable {
            /// Whether a broker leads it: without one it can be neither read nor written.
            public let isLed: Bool
            /// How many there are to be.
            public let wanted: Int
            /// How many have everything that is acknowledged.
            public let inSync: Int

            /// Copies of their parts.
            public init(isLed: Bool, wanted: Int, inSync: Int) {
                self.isLed = isLed
                self.wanted = wanted
                self.inSync = inSync
            }
        }

        /// The brokers, by number.
        public var brokers: [Broker] = []
        /// Of each topic its partitions' copies.
        public var topics: [String: [Copies]] = [:]

        /// A cluster without brokers.
        public init() {}
    }

    /// Who the brokers are, and how many copies of which partition they have.
    public func cluster(timeout: Duration = .seconds(5)) throws(EventLogError) -> Cluster {
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
            throw EventLogError(code, "asking for the brokers")
        }
        var cluster = Cluster()
        for index in 0..<Int(metadata.pointee.broker_cnt) {
            let broker = metadata.pointee.brokers[index]
            guard let host = broker.host else { continue }
            cluster.brokers.append(
                Cluster.Broker(id: broker.id, host: String(cString: host), port: Int(broker.port))
            )
        }
        cluster.brokers.sort { $0.id < $1.id }
        for index in 0..<Int(metadata.pointee.topic_cnt) {
            let topic = metadata.pointee.topics[index]
            guard let name = topic.topic, topic.partition_cnt > 0 else { continue }
            cluster.topics[String(cString: name)] = (0..<Int(topic.partition_cnt)).map {
                let partition = topic.partitions[$0]
                return Cluster.Copies(
                    isLed: partition.leader >= 0,
                    wanted: Int(partition.replica_cnt),
                    inSync: Int(partition.isr_cnt)
                )
            }
        }
        return cluster
    }
}
