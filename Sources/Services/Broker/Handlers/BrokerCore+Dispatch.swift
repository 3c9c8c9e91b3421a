import KafkaWire
import Metrics
import NIOCore
import SegmentLog

/// What is served, and by whom.
extension BrokerCore {
    /// All kinds of requests that are served; ApiVersions tells their versions.
    static let served: [any WireRequest.Type] = [
        ProduceRequest.self, FetchRequest.self, ListOffsetsRequest.self, MetadataRequest.self,
        OffsetCommitRequest.self, OffsetFetchRequest.self, FindCoordinatorRequest.self,
        JoinGroupRequest.self, HeartbeatRequest.self, LeaveGroupRequest.self,
        SyncGroupRequest.self, DescribeGroupsRequest.self, ListGroupsRequest.self,
        ApiVersionsRequest.self, CreateTopicsRequest.self, DeleteTopicsRequest.self,
        DeleteRecordsRequest.self, InitProducerIDRequest.self,
        OffsetForLeaderEpochRequest.self, DescribeConfigsRequest.self,
        CreatePartitionsRequest.self, DeleteGroupsRequest.self,
    ]

    /// Handles one request.
    ///
    /// - Throws: what is wrong with its bytes; the connection must be closed then.
    func handle(_ frame: ByteBuffer, from connection: Connection, slot: Int) throws(WireError) {
        var buffer = frame
        let header = try RequestHeader(from: &buffer)
        meters.requests.increment()
        let incoming = Incoming(
            core: self,
            connection: connection,
            slot: slot,
            header: header,
            body: buffer
        )
        switch header.key {
        case .produce: try incoming.handle(produce)
        case .fetch: try incoming.handle(fetch)
        case .listOffsets: try incoming.handle(listOffsets)
        case .metadata: try incoming.handle(metadata)
        case .apiVersions: try apiVersions(incoming)
        case .initProducerID: try incoming.handle(initProducerID)
        case .createTopics: try incoming.handle(createTopics)
        case .deleteTopics: try incoming.handle(deleteTopics)
        case .deleteRecords: try incoming.handle(deleteRecords)
        case .createPartitions: try incoming.handle(createPartitions)
        case .describeConfigs: try incoming.handle(describeConfigs)
        case .offsetForLeaderEpoch: try incoming.handle(offsetForLeaderEpoch)
        default: try coordinator.handle(incoming)
        }
    }

    /// ApiVersions in a version that is not known is answered in version 0, so that the client can try again.
    private func apiVersions(_ incoming: Incoming) throws(WireError) {
        var header = incoming.header
        var response = ApiVersionsResponse()
        response.keys = Self.served.map { kind in
            var key = ApiVersionsResponse.Key()
            key.key = kind.key.rawValue
            key.minVersion = kind.versions.lowerBound
            key.maxVersion = kind.versions.upperBound
            return key
        }
        if ApiVersionsRequest.versions.contains(header.version) {
            try incoming.handle { (exchange: Exchange, _: ApiVersionsRequest) in
                exchange.answer(ApiVersionsRequest.self, response, sizeHint: 512)
            }
        } else {
            header.version = 0
            response.error = .unsupportedVersion
            let exchange = Exchange(
                connection: incoming.connection,
                slot: incoming.slot,
                header: header
            )
            exchange.answer(ApiVersionsRequest.self, response, sizeHint: 512)
        }
    }

    private func metadata(_ exchange: Exchange, _ request: MetadataRequest) {
        let wantsAll =
            request.topics == nil || (exchange.version == 0 && request.topics?.isEmpty == true)
        let mayCreate = configuration.createsTopics && request.allowsAutoCreation
        let names = request.topics?.map(\.name) ?? []
        if mayCreate, names.contains(where: { store.topic($0) == nil }) {
            createMissing(names) { self.answerMetadata(exchange, names: names, all: wantsAll) }
        } else {
            answerMetadata(exchange, names: names, all: wantsAll)
        }
    }

    private func answerMetadata(_ exchange: Exchange, names: [String], all: Bool) {
        var response = MetadataResponse()
        let topics = store.topics
        let wanted = all ? topics.keys.filter { !$0.hasPrefix("__") }.sorted() : names
        response.topics = wanted.map { name in
            var answer = MetadataResponse.Topic()
            answer.name = name
            answer.isInternal = name.hasPrefix("__")
            guard let topic = topics[name] else {
                answer.error =
                    Topic.isValid(name: name) ? .unknownTopicOrPartition : .invalidTopic
                return answer
            }
            answer.partitions = topic.partitions.indices.map { index in
                var partition = MetadataResponse.Partition()
                partition.index = Int32(index)
                partition.leaderID = Self.nodeID
                partition.leaderEpoch = Self.leaderEpoch
                partition.replicas = [Self.nodeID]
                partition.inSyncReplicas = [Self.nodeID]
                return partition
            }
            return answer
        }
        var broker = MetadataResponse.Broker()
        (broker.host, broker.port) = address(for: exchange.connection)
        broker.nodeID = Self.nodeID
        response.brokers = [broker]
        response.clusterID = store.clusterID
        response.controllerID = Self.nodeID
        exchange.answer(MetadataRequest.self, response, sizeHint: 2048)
    }

    /// Where a client finds this broker.
    func address(for connection: Connection) -> (host: String, port: Int32) {
        (configuration.advertisedHost ?? connection.localHost, connection.localPort)
    }
}
