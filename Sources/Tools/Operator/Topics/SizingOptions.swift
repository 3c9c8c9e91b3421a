import ArgumentParser
import EventLog
import Events

/// How large the topics are: the flags of the commands that make or check them.
struct SizingOptions: ParsableArguments {
    @Option(help: "Partitions of topics keyed by conversation")
    var conversationPartitions = Limits.partitionsDefault

    @Option(help: "Partitions of topics keyed by account")
    var accountPartitions = Limits.partitionsDefault

    @Option(help: "Copies of every record; 1 on the embedded broker")
    var replicas = 1

    func validate() throws {
        for (name, value, highest) in [
            ("--conversation-partitions", conversationPartitions, 10_000),
            ("--account-partitions", accountPartitions, 10_000), ("--replicas", replicas, 100),
        ] where !(1...highest).contains(value) {
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
