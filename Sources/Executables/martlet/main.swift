import ArgumentParser
import Bench
import ChatClient
import Operator

/// The one command of people and operators; each subcommand lives in a library of its own.
struct MartletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Messaging on an append-only log.",
        discussion: """
            `martlet up` runs the whole pipeline on this machine and says what to try. \
            `log-tail` (a command of its own) shows the flow.
            """,
        version: "martlet 0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Running",
                subcommands: [UpCommand.self, TopicsCommand.self, ReplayCommand.self]
            ),
            CommandGroup(
                name: "Looking inside",
                subcommands: [
                    DoctorCommand.self, ExplainCommand.self, AuditCommand.self, VerifyCommand.self,
                    DeadLettersCommand.self,
                ]
            ),
            CommandGroup(name: "Using", subcommands: [ChatCommand.self, BenchCommand.self]),
        ]
    )
}

/// In a function: at the top level the `main` that does not wait would be chosen.
@MainActor func start() async {
    await MartletCommand.main()
}

await start()
