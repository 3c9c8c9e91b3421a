import ArgumentParser
import EventLog
import LogTail
import ServiceKit

/// `martlet topics check`: says what differs from the catalogue.
struct TopicsCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Compares the topics with the catalogue; exit code 1 if they differ."
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
            let differences = try setup.differences()
            for difference in differences { try writer.write(difference) }
            guard differences.isEmpty else {
                try writer.flush()
                throw ExitCode.failure
            }
            try writer.write("the topics are as they should be")
        }
    }
}
