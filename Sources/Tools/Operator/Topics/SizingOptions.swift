import ArgumentParser
import EventLog
import Events

/// How large the topics are: the flags of the commands that make or check them.
struct SizingOptions: ParsableArguments {
    @Option(
        help: """
            Partitions of topics keyed by conversation. Default: as many as those that exist have, or \
            \(Limits.partitionsDefault)
            """
    )
    var conversationPartitions: Int?

    @Option(help: "Partitions of topics keyed by account. Default: likewise")
    var accountPartitions: Int?

    @Option(help: "Copies of every record; 1 on the embedded broker")
    var replicas = 1

    func validate() throws {
        let numbers: [(name: String, value: Int?, highest: Int)] = [
            ("--conversation-partitions", conversationPartitions, 10_000),
            ("--account-partitions", accountPartitions, 10_000), ("--replicas", replicas, 100),
        ]
        for (name, value, highest) in numbers where !(1...highest).contains(value ?? 1) {
            throw ValidationError("\(name) takes a number from 1 to \(highest).")
        }
    }

    var sizing: TopicCatalogue.Sizing {
        TopicCatalogue.Sizing(
            conversationPartitions: conversationPartitions,
            accountPartitions: accountPartitions,
            replicas: replicas
        )
    }
}
