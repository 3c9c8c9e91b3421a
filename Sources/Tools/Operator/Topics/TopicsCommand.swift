public import ArgumentParser

/// `martlet topics`: makes, lists and checks the topics of the log.
public struct TopicsCommand: AsyncParsableCommand {
    /// Name, abstract and subcommands for `--help`.
    public static let configuration = CommandConfiguration(
        commandName: "topics",
        abstract: "Makes, lists and checks the topics of the log.",
        subcommands: [TopicsApplyCommand.self, TopicsListCommand.self, TopicsCheckCommand.self]
    )

    /// For the parser.
    public init() {}
}
