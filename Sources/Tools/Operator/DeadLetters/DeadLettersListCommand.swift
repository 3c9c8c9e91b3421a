import ArgumentParser
import EventLog
import Events
import LogTail
import ServiceKit

/// `martlet dead-letters list`: one line a letter.
struct DeadLettersListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Shows what could not be processed, one line each."
    )

    @Option(help: "Only letters of this consumer")
    var consumer: String?

    @Flag(help: "One JSON object a line")
    var json = false

    @OptionGroup var connection: LogConnectionOptions

    func run() async throws {
        let box = DeadLetterBox(configuration: connection.configuration(clientID: "martlet"))
        let consumer = consumer
        let isJSON = json
        try await CommandOutput.write(as: "martlet dead-letters") { writer in
            let letters = try box.letters {
                consumer == nil || $0.letter.consumer == consumer
            }
            let lines = RecordLine(
                palette: Palette(isColoured: writer.isColoured),
                columns: writer.columns,
                now: SystemClock().now()
            )
            for letter in letters {
                let decoded = DecodedRecord(letter.record)
                try writer.write(isJSON ? RecordJSON().line(decoded) : lines.line(decoded))
            }
            if letters.isEmpty, !isJSON { try writer.write("no dead letters") }
        }
    }
}
