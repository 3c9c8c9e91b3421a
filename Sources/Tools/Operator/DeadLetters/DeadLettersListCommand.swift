import ArgumentParser
import EventLog
import Events
import LogTail
import ServiceKit

/// `martlet dead-letters list`: one line a letter.
struct DeadLettersListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Shows what could not be processed, one line each, and how often of which cause.",
        discussion: "It never shows what people wrote."
    )

    @Flag(help: "Only how many there are of each cause")
    var counts = false

    @Flag(help: "One JSON object a line")
    var json = false

    @OptionGroup var letters: LetterFilterOptions
    @OptionGroup var connection: LogConnectionOptions

    func run() async throws {
        let box = DeadLetterBox(configuration: try connection.configuration(clientID: "martlet"))
        let now = SystemClock().now()
        let place = try letters.place(now: now)
        let filter = try letters.filter()
        let showsLetters = !counts
        let isJSON = json
        try await CommandOutput.write(as: "martlet dead-letters") { writer in
            let palette = Palette(isColoured: writer.isColoured)
            let line = RecordLine(palette: palette, columns: writer.columns, now: now)
            var counts = LetterCounts()
            try box.read(from: place) { letter in
                guard filter.admits(letter) else { return }
                counts.add(letter)
                guard showsLetters else { return }
                let decoded = DecodedRecord(letter.record)
                try writer.write(isJSON ? RecordJSON().line(decoded) : line.line(decoded))
            }
            if !isJSON {
                if showsLetters, counts.total > 0 { try writer.write("") }
                for line in counts.lines(palette) { try writer.write(line) }
            } else if !showsLetters {
                for object in counts.objects { try writer.write(object.text) }
            }
        }
    }
}
