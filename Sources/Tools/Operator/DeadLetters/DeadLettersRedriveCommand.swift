import ArgumentParser
import EventLog
import Events
import LogTail

/// `martlet dead-letters redrive`: sends letters' records through again.
struct DeadLettersRedriveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redrive",
        abstract: "Appends letters' original records to their topics once more.",
        discussion: """
            For after the fault was mended. Submissions that were accepted meanwhile are recognised by their \
            ids and dropped; marks merge. The letters stay where they are.
            """
    )

    @Argument(help: "The letters' offsets in dead-letters")
    var offsets: [Int64] = []

    @Flag(help: "All letters")
    var all = false

    @Option(help: "With --all: only letters of this consumer")
    var consumer: String?

    @OptionGroup var connection: LogConnectionOptions

    func validate() throws {
        guard all != !offsets.isEmpty else {
            throw ValidationError("Name the letters' offsets, or say --all.")
        }
    }

    func run() async throws {
        let box = DeadLetterBox(configuration: connection.configuration(clientID: "martlet"))
        let wanted = Set(offsets.map { Offset($0) })
        let all = all
        let consumer = consumer
        try await CommandOutput.write(as: "martlet dead-letters") { writer in
            let letters = try box.letters {
                (all || wanted.contains($0.offset))
                    && (consumer == nil || $0.letter.consumer == consumer)
            }
            var records: [OutgoingRecord] = []
            var refused = false
            for letter in letters {
                switch letter.redriven {
                case .success(let record): records.append(record)
                case .failure(let reason):
                    refused = true
                    try writer.write("\(letter.offset): not sent again: \(reason)")
                }
            }
            for offset in wanted.subtracting(letters.map(\.offset)).sorted() {
                refused = true
                try writer.write("\(offset): there is no such letter")
            }
            try box.redrive(records)
            try writer.write("\(records.count) sent again")
            try writer.flush()
            if refused { throw ExitCode.failure }
        }
    }
}
