import CRdKafka
import EventLog
import Events
import Foundation
import Logging
import Synchronization
import Testing

/// Three brokers of librdkafka's mock cluster, on free ports of this machine.
///
/// `@unchecked Sendable`: the mock's functions may be called from any thread; the pointers never change.
final class MockCluster: @unchecked Sendable {
    private let client: OpaquePointer
    private let cluster: OpaquePointer

    /// A cluster with these topics.
    init(partitions: Int = 4, topics: [Topic] = [.submissions, .timeline]) throws {
        var text = [CChar](repeating: 0, count: 512)
        let configuration = rd_kafka_conf_new()
        rd_kafka_conf_set_log_cb(configuration, nil)
        client = try #require(rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &text, text.count))
        cluster = try #require(rd_kafka_mock_cluster_new(client, 3))
        for topic in topics {
            rd_kafka_mock_topic_create(cluster, topic.name, Int32(partitions), 3)
        }
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(client)
    }

    /// How to reach it; never for long in fits of back-off.
    func configuration(_ properties: [String: String] = [:]) -> EventLogConfiguration {
        EventLogConfiguration(
            brokers: String(cString: rd_kafka_mock_cluster_bootstraps(cluster)),
            clientID: "test",
            properties: properties
        )
    }

    /// Cuts all connections and accepts no more.
    func setDown() {
        rd_kafka_mock_broker_set_down(cluster, -1)
    }

    /// Accepts connections again.
    func setUp() {
        rd_kafka_mock_broker_set_up(cluster, -1)
    }

    /// Makes every answer late.
    func setRoundTrip(milliseconds: Int32) {
        rd_kafka_mock_broker_set_rtt(cluster, -1, milliseconds)
    }

    /// Makes the next requests of a kind fail.
    func fail(apiKey: Int16, with errors: [rd_kafka_resp_err_t]) {
        rd_kafka_mock_push_request_errors_array(cluster, apiKey, errors.count, errors)
    }

    /// Makes a topic.
    func create(_ topic: Topic, partitions: Int) {
        rd_kafka_mock_topic_create(cluster, topic.name, Int32(partitions), 3)
    }
}

/// Waits for a condition, generously; records an issue if it never comes.
func eventually(
    _ what: String,
    within limit: Duration = .seconds(30),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("never happened: \(what)", sourceLocation: sourceLocation)
    throw NeverHappened()
}

/// What `eventually` throws to end a test.
struct NeverHappened: Error {}

/// A logger that keeps quiet.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Numbered records of a topic.
func numbered(
    _ range: Range<Int>,
    _ topic: Topic = .submissions,
    bytes: Int = 0
)
    -> [OutgoingRecord]
{
    range.map { number in
        OutgoingRecord(
            topic: topic,
            key: Array("key-\(number % 97)".utf8),
            value: Array("\(number)".utf8) + [UInt8](repeating: 32, count: bytes)
        )
    }
}

/// The number of a numbered record.
func number(of record: LogRecord) -> Int? {
    record.value.flatMap {
        Int(String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespaces))
    }
}

/// The partitions of a topic, each to be read from the beginning.
func fromBeginning(
    _ topic: Topic = .submissions,
    partitions: Int = 4
)
    -> [TopicPartition: StartPosition]
{
    var start: [TopicPartition: StartPosition] = [:]
    for number in 0..<partitions {
        start[TopicPartition(topic, Partition(Int32(number)))] = .beginning
    }
    return start
}

/// Everything in a topic, as it is now.
func everything(
    in cluster: MockCluster,
    _ topic: Topic = .submissions,
    partitions: Int = 4
) async throws -> [LogRecord] {
    let configuration = cluster.configuration()
    return try await LogReader.onThread {
        var records: [LogRecord] = []
        try LogReader.readToEnd(
            configuration,
            start: fromBeginning(topic, partitions: partitions),
            logger: quiet
        ) { records += $0 }
        return records
    }
}
