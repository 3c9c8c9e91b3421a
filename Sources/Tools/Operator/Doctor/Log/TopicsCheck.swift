import EventLog
import Events
import LogTail
import Logging
import ServiceKit

/// Holds the topics against the catalogue, and looks at their copies.
struct TopicsCheck: DoctorCheck {
    /// What was gathered.
    struct Facts: Sendable {
        /// What `martlet topics check` says.
        var differences: [String]
        var cluster: LogAdmin.Cluster
    }

    let name = "topics"
    var needs: DoctorNeed? { .log }
    var timeLimit: Duration { .seconds(30) }

    func run(_ context: DoctorContext) async throws -> [DoctorFinding] {
        let log = context.log
        let facts = try await withLog(context) { admin in
            let cluster = try admin.cluster()
            let ours = Topic.all.compactMap { cluster.topics[$0.name]?.map(\.wanted).max() }
            let setup = TopicSetup(
                log,
                // With three copies or more two must be in sync, and then that is compared, too.
                sizing: TopicCatalogue.Sizing(replicas: ours.max() ?? 1),
                clock: SystemClock(),
                logger: .quiet
            )
            return Facts(differences: try setup.differences(), cluster: cluster)
        }
        return Self.judge(facts)
    }

    static func judge(_ facts: Facts) -> [DoctorFinding] {
        let findings = facts.differences.map(finding) + judge(facts.cluster)
        guard findings.isEmpty else { return findings }
        let catalogue = TopicCatalogue.embedded
        func count(_ rule: TopicCatalogue.PartitionRule) -> Int {
            catalogue.entries.first { $0.partitions == rule }.flatMap {
                facts.cluster.topics[$0.topic.name]?.count
            } ?? 0
        }
        return [
            .ok(
                "\(catalogue.entries.count) topics as they should be; keyed by conversation "
                    + "\(count(.conversation)) partitions, by account \(count(.account))"
            )
        ]
    }

    /// A sentence of `TopicSetup.differences`, with what to do about it.
    static func finding(_ difference: String) -> DoctorFinding {
        if difference.hasSuffix(": missing") || difference.hasSuffix("no epoch of the inbox") {
            return .fail(
                .topicMissing,
                difference,
                do: "`martlet topics apply` makes what is missing and leaves the rest"
            )
        }
        if difference.contains(" partitions, not ") {
            return .fail(
                .topicPartitions,
                "\(difference) as others that are keyed alike",
                do: "topics keyed alike need one count, and it can't be changed under records: "
                    + "make the topic anew while it is empty, or all of them in a new installation"
            )
        }
        return .warn(
            .topicConfiguration,
            difference,
            do:
                "set it with the cluster's own tool (kafka-configs --alter), or find out who set it otherwise: "
                + "too short a retention loses what is not read yet"
        )
    }

    private static func judge(_ cluster: LogAdmin.Cluster) -> [DoctorFinding] {
        let ours = Topic.all.compactMap { topic in
            cluster.topics[topic.name].map { (name: topic.name, copies: $0) }
        }
        func names(_ isMeant: ([LogAdmin.Cluster.Copies]) -> Bool) -> String? {
            let names = ours.filter { isMeant($0.copies) }.map(\.name)
            return names.isEmpty ? nil : names.joined(separator: ", ")
        }
        var findings: [DoctorFinding] = []
        if let names = names({ $0.contains { !$0.isLed } }) {
            findings.append(
                .fail(
                    .topicLeaderless,
                    "partitions without a leader: \(names)",
                    do:
                        "bring the brokers back that hold them: they can be neither read nor written"
                )
            )
        }
        if cluster.brokers.count > 1, let names = names({ $0.contains { $0.wanted < 2 } }) {
            findings.append(
                .warn(
                    .topicSingleCopy,
                    "only one copy on \(cluster.brokers.count) brokers: \(names)",
                    do: "reassign them to three copies with min.insync.replicas=2: "
                        + "with one, a broker's disk that dies takes acknowledged messages with it"
                )
            )
        }
        if let names = names({ $0.contains { $0.isLed && $0.inSync < $0.wanted } }) {
            findings.append(
                .warn(
                    .topicCopiesMissing,
                    "copies behind or away: \(names)",
                    do:
                        "see which broker is down or slow; below min.insync.replicas nothing is accepted"
                )
            )
        }
        return findings
    }
}
