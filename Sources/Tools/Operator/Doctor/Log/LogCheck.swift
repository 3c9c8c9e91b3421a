import EventLog
import KafkaWire
import ServiceKit

/// Looks whether the log's brokers answer, how soon, and whether they speak what is needed.
struct LogCheck: DoctorCheck {
    /// What was gathered of a broker.
    struct Broker: Sendable {
        /// `host:port`.
        var address: String
        /// `nil`: it does not answer.
        var answer: BrokerProbe.Answer?
    }

    /// What was gathered.
    struct Facts: Sendable {
        /// As configured.
        var addresses: String
        /// `nil`: no broker tells who they are.
        var brokers: [Broker]?
        var roundTrip: Duration = .zero
        var topics = 0
        /// Whether the log is the embedded broker, and no process of the installation runs.
        var isStopped = false
    }

    /// Answers that take longer are worth a look.
    static let roundTripMax: Duration = .milliseconds(500)
    /// The first version of each kind of request that has what is needed: batches with headers, idempotent producers, offsets by time.
    static let needed: [(key: APIKey, name: String, version: Int16)] = [
        (.produce, "Produce", 3), (.fetch, "Fetch", 4), (.listOffsets, "ListOffsets", 1),
        (.metadata, "Metadata", 1), (.offsetCommit, "OffsetCommit", 1),
        (.offsetFetch, "OffsetFetch", 1), (.findCoordinator, "FindCoordinator", 0),
        (.joinGroup, "JoinGroup", 0), (.heartbeat, "Heartbeat", 0), (.leaveGroup, "LeaveGroup", 0),
        (.syncGroup, "SyncGroup", 0), (.createTopics, "CreateTopics", 0),
        (.initProducerID, "InitProducerId", 0), (.describeConfigs, "DescribeConfigs", 0),
    ]

    let name = "log"
    var provides: DoctorNeed? { .log }
    var timeLimit: Duration { .seconds(20) }

    func run(_ context: DoctorContext) async throws -> [DoctorFinding] {
        var facts = Facts(addresses: context.settings.brokers)
        facts.isStopped = context.settings.isLogEmbedded && context.processes.isEmpty
        let answer = try await withLog(context) { admin -> (LogAdmin.Cluster, Duration)? in
            // Once to connect, and once to measure.
            guard (try? admin.cluster()) != nil else { return nil }
            let start = ContinuousClock.now
            let cluster = try admin.cluster()
            return (cluster, start.duration(to: .now))
        }
        if let (cluster, roundTrip) = answer {
            facts.roundTrip = roundTrip
            facts.topics = cluster.topics.count
            facts.brokers = await Self.ask(cluster.brokers)
        }
        return Self.judge(facts)
    }

    private static func ask(_ brokers: [LogAdmin.Cluster.Broker]) async -> [Broker] {
        await withTaskGroup(of: Broker.self) { group in
            for broker in brokers {
                group.addTask {
                    let answer = await BrokerProbe.ask(host: broker.host, port: broker.port)
                    return Broker(address: "\(broker.host):\(broker.port)", answer: answer)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.address < $1.address }
        }
    }

    static func judge(_ facts: Facts) -> [DoctorFinding] {
        guard let brokers = facts.brokers else {
            if facts.isStopped {
                let finding = DoctorFinding.warn(
                    .logStopped,
                    "the installation is stopped, and its log at \(facts.addresses) with it",
                    do:
                        "start it with `martlet up`, with the same --data and --port-base; then ask again"
                )
                return [finding.withholding(.log)]
            }
            let finding = DoctorFinding.fail(
                .logUnreachable,
                "no broker answers at \(facts.addresses)",
                do: "see whether the broker runs and whether --brokers or --port-base names it; "
                    + "nothing is accepted or delivered meanwhile, and nothing is lost"
            )
            return [finding.withholding(.log)]
        }
        var findings = brokers.filter { $0.answer == nil }.map { broker in
            DoctorFinding.warn(
                .brokerUnreachable,
                "the broker \(broker.address) does not answer from here",
                do: "see whether it runs, and whether the address that it advertises leads to it"
            )
        }
        for broker in brokers {
            guard let versions = broker.answer?.versions else { continue }
            let missing = needed.filter { need in
                versions[need.key.rawValue].map { $0.upperBound < need.version } ?? true
            }
            guard !missing.isEmpty else { continue }
            findings.append(
                .fail(
                    .brokerTooOld,
                    "the broker \(broker.address) lacks \(missing.map(\.name).joined(separator: ", "))",
                    do: "use Apache Kafka 2.4 or newer, or the embedded broker"
                )
            )
        }
        if facts.roundTrip > roundTripMax {
            findings.append(
                .warn(
                    .logSlow,
                    "the log took \(DoctorText.span(facts.roundTrip)) to say what topics there are",
                    do: "look at the load of the brokers and the network to them"
                )
            )
        }
        guard findings.isEmpty else { return findings }
        let number = DoctorText.count(Int64(brokers.count), "broker")
        let trip = DoctorText.span(facts.roundTrip)
        return [
            .ok("\(number) at \(facts.addresses), \(facts.topics) topics, answers in \(trip)")
        ]
    }
}
