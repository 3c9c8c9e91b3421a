public import ArgumentParser

/// `martlet dead-letters`: shows records that could not be processed, and sends them through again.
public struct DeadLettersCommand: AsyncParsableCommand {
    /// Name, abstract and subcommands for `--help`.
    public static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Shows records that could not be processed, and sends them through again.",
        subcommands: [
            DeadLettersListCommand.self, DeadLettersShowCommand.self,
            DeadLettersRedriveCommand.self,
        ]
    )

    /// For the parser.
    public init() {}
}
