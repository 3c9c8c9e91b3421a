import ArgumentParser
import EventLog
import LogTail
import ServiceKit

/// `martlet topics apply`: makes what is missing.
struct TopicsApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Makes the topics that are missing; what exists is left as it is."
    )

    @OptionGroup var sizing: SizingOptions
    @OptionGroup var connection: LogConnectionOptions

    func run() async throws {
        let setup = TopicSetup(
            try connection.configuration(clientID: "martlet-topics"),
            sizing: sizing.sizing,
            clock: SystemClock(),
            logger: .quiet
        )
        try await CommandOutput.write(as: "martlet topics") { writer in
            let outcome = try setup.apply { progress in
                try? writer.write(progress)
                try? writer.flush()
            }
            if outcome.made.isEmpty { try writer.write("all topics are there") }
        }
    }
}
