import KafkaWire
import Logging
import NIOCore
import NIOPosix
import SegmentLog

/// CreateTopics, DeleteTopics, CreatePartitions, DescribeConfigs.
///
/// What changes topics runs on a thread of its own, one after the other: it makes and syncs folders.
extension BrokerCore {
    private typealias Failure = (error: ErrorCode, message: String)

    /// Runs what changes topics, then goes on on the loop.
    private func administer<Response: Sendable>(
        _ work: @escaping @Sendable () -> Response,
        then: @escaping (Response) -> Void
    ) {
        administration.runIfActive(eventLoop: loop, work).assumeIsolated().whenSuccess(then)
    }

    private static func failure(of error: SegmentLogError) -> Failure {
        switch error.code {
        case .topicExists: (.topicAlreadyExists, "the topic exists")
        case .invalidName: (.invalidTopic, error.message)
        case .invalidPartitions: (.invalidPartitions, error.message)
        case .invalidConfiguration: (.invalidConfig, error.message)
        case .unknownTopic: (.unknownTopicOrPartition, "no such topic")
        default: (.kafkaStorageError, error.message)
        }
    }

    /// Makes the topics of these names that are missing.
    func createMissing(_ names: [String], then: @escaping () -> Void) {
        let partitions = configuration.partitionsDefault
        administer {
            for name in names where self.store.topic(name) == nil && !name.hasPrefix("__") {
                do throws(SegmentLogError) {
                    try self.store.createTopic(name, partitions: partitions)
                } catch {
                    self.logger.info("a topic was not made", metadata: ["error": "\(error.code)"])
                }
            }
        } then: {
            then()
        }
    }

    func createTopics(_ exchange: Exchange, _ request: CreateTopicsRequest) {
        administer {
            var response = CreateTopicsResponse()
            var seen: Set<String> = []
            response.topics = request.topics.map { topic in
                var answer = CreateTopicsResponse.Topic()
                answer.name = topic.name
                guard seen.insert(topic.name).inserted else {
                    answer.error = .invalidRequest
                    answer.errorMessage = "the topic is named twice"
                    return answer
                }
                self.create(topic, validatesOnly: request.validatesOnly, answer: &answer)
                return answer
            }
            return response
        } then: {
            exchange.answer(CreateTopicsRequest.self, $0)
        }
    }

    private func create(
        _ topic: CreateTopicsRequest.Topic,
        validatesOnly: Bool,
        answer: inout CreateTopicsResponse.Topic
    ) {
        do throws(SegmentLogError) {
            guard Topic.isValid(name: topic.name), !topic.name.hasPrefix("__") else {
                throw SegmentLogError(.invalidName, "not a name for a topic")
            }
            guard store.topic(topic.name) == nil else {
                throw SegmentLogError(.topicExists, topic.name)
            }
            var given: [String: String] = [:]
            for config in topic.configs { given[config.name] = config.value }
            let configuration = try TopicConfiguration(given)
            var count = Int(topic.partitionCount)
            if count == -1 {
                count =
                    topic.assignments.isEmpty
                    ? self.configuration.partitionsDefault : topic.assignments.count
            }
            guard (1...Topic.partitionsMax).contains(count) else {
                throw SegmentLogError(
                    .invalidPartitions,
                    "a topic has 1 to \(Topic.partitionsMax) partitions"
                )
            }
            if !validatesOnly {
                try store.createTopic(
                    topic.name,
                    partitions: count,
                    configuration: configuration
                )
            }
            answer.partitionCount = Int32(count)
            answer.replicationFactor = 1
            answer.configs = configuration.effective.sorted { $0.key < $1.key }.map { name, value in
                var config = CreateTopicsResponse.Config()
                config.name = name
                config.value = value
                config.source = given[name] == nil ? 5 : 1
                return config
            }
        } catch {
            (answer.error, answer.errorMessage) = Self.failure(of: error)
        }
    }

    func deleteTopics(_ exchange: Exchange, _ request: DeleteTopicsRequest) {
        administer {
            var response = DeleteTopicsResponse()
            response.topics = request.names.map { name in
                var answer = DeleteTopicsResponse.Topic()
                answer.name = name
                do throws(SegmentLogError) {
                    guard !name.hasPrefix("__") else {
                        throw SegmentLogError(.invalidName, "the broker's own topic")
                    }
                    try self.store.deleteTopic(name)
                } catch {
                    (answer.error, answer.errorMessage) = Self.failure(of: error)
                }
                return answer
            }
            return response
        } then: { response in
            for topic in response.topics where topic.error == .none {
                self.coordinator.forgetTopic(topic.name)
            }
            exchange.answer(DeleteTopicsRequest.self, response)
        }
    }

    func createPartitions(_ exchange: Exchange, _ request: CreatePartitionsRequest) {
        administer {
            var response = CreatePartitionsResponse()
            response.results = request.topics.map { topic in
                var answer = CreatePartitionsResponse.Result()
                answer.name = topic.name
                do throws(SegmentLogError) {
                    guard !topic.name.hasPrefix("__") else {
                        throw SegmentLogError(.invalidName, "the broker's own topic")
                    }
                    if !request.validatesOnly {
                        try self.store.growTopic(topic.name, to: Int(topic.count))
                    }
                } catch {
                    (answer.error, answer.errorMessage) = Self.failure(of: error)
                }
                return answer
            }
            return response
        } then: {
            exchange.answer(CreatePartitionsRequest.self, $0)
        }
    }

    func describeConfigs(_ exchange: Exchange, _ request: DescribeConfigsRequest) {
        var response = DescribeConfigsResponse()
        response.results = request.resources.map { resource in
            var answer = DescribeConfigsResponse.Result()
            answer.resourceType = resource.type
            answer.resourceName = resource.name
            let values: [String: String]
            let given: [String: String]
            if resource.type == 2, let topic = store.topic(resource.name) {
                values = topic.configuration.effective
                given = topic.configuration.given
            } else if resource.type == 4 {
                values = brokerSettings
                given = [:]
            } else {
                answer.error = resource.type == 2 ? .unknownTopicOrPartition : .invalidRequest
                return answer
            }
            answer.configs = values.sorted { $0.key < $1.key }
                .filter { resource.configNames?.contains($0.key) ?? true }
                .map { name, value in
                    var config = DescribeConfigsResponse.Config()
                    config.name = name
                    config.value = value
                    config.isReadOnly = resource.type == 4
                    config.isDefault = given[name] == nil
                    config.source = given[name] == nil ? 5 : 1
                    return config
                }
            return answer
        }
        exchange.answer(DescribeConfigsRequest.self, response, sizeHint: 2048)
    }

    private var brokerSettings: [String: String] {
        [
            "auto.create.topics.enable": String(configuration.createsTopics),
            "broker.id": String(Self.nodeID),
            "default.replication.factor": "1",
            "num.partitions": String(configuration.partitionsDefault),
            "socket.request.max.bytes": String(configuration.requestBytesMax),
        ]
    }
}
