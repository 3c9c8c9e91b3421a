public import ArgumentParser

/// `martlet bench`: loads that measure an installation.
public struct BenchCommand: AsyncParsableCommand {
    /// How the command is called.
    public static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure an installation under load.",
        subcommands: [
            DirectCommand.self, GroupCommand.self, ChannelCommand.self, FillCommand.self,
            HistoryCommand.self, StoreCommand.self,
        ]
    )

    /// The defaults.
    public init() {}
}
