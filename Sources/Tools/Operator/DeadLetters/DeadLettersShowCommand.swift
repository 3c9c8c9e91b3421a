import ArgumentParser
import EventLog
import Events
import LogTail

/// `martlet dead-letters show`: everything about one letter.
struct DeadLettersShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one letter, the record that it is about, and what became of it.",
        discussion: "What people wrote is left out unless --content asks for it."
    )

    @Argument(help: "The letter's offset in dead-letters")
    var offset: Int64

    @Flag(help: "Also what people wrote, and the record's bytes")
    var content = false

    @Flag(help: "One JSON object")
    var json = false

    @OptionGroup var connection: LogConnectionOptions

    func run() async throws {
        let box = DeadLetterBox(configuration: try connection.configuration(clientID: "martlet"))
        let wanted = Offset(offset)
        let showsContent = content
        let isJSON = json
        try await CommandOutput.write(as: "martlet dead-letters") { writer in
            var found: FiledLetter?
            try box.read(from: .offset(wanted)) { letter in
                if letter.offset == wanted { found = letter }
            }
            guard let letter = found else {
                try writer.write("there is no letter at \(wanted)")
                try writer.flush()
                throw ExitCode.failure
            }
            var sought = LettersSought()
            sought.add(letter)
            let later = try box.whatCame(after: sought)
            let copies = Set(later.copies(of: letter))
            var comebacks: [Offset] = []
            try box.read(from: .offset(wanted.next)) { other in
                guard other.place?.topicPartition == letter.place?.topicPartition,
                    let offset = other.place?.offset, copies.contains(offset)
                else { return }
                comebacks.append(other.offset)
            }
            let report = LetterReport(
                letter: letter,
                later: later,
                comebacks: comebacks,
                showsContent: showsContent,
                palette: Palette(isColoured: writer.isColoured)
            )
            for line in isJSON ? [report.object.text] : report.lines { try writer.write(line) }
        }
    }
}
