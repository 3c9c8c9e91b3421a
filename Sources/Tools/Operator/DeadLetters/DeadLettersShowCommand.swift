import ArgumentParser
import EventLog
import Events
import LogTail
import ServiceKit

/// `martlet dead-letters show`: everything about one letter.
struct DeadLettersShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one letter and the record that it is about."
    )

    @Argument(help: "The letter's offset in dead-letters")
    var offset: Int64

    @OptionGroup var connection: LogConnectionOptions

    func run() async throws {
        let box = DeadLetterBox(configuration: connection.configuration(clientID: "martlet"))
        let wanted = Offset(offset)
        try await CommandOutput.write(as: "martlet dead-letters") { writer in
            guard let letter = try box.letters(where: { $0.offset == wanted }).first else {
                try writer.write("there is no letter at \(wanted)")
                try writer.flush()
                throw ExitCode.failure
            }
            let lines = RecordLine(
                palette: Palette(isColoured: writer.isColoured),
                columns: nil,
                now: SystemClock().now()
            )
            try writer.write(lines.line(DecodedRecord(letter.record)))
            guard let original = letter.original else { return }
            try writer.write("it is about:")
            try writer.write(lines.line(DecodedRecord(original)))
            try writer.write("key   \(RecordLine.key(of: original))")
            try writer.write("value \(HexDump.text(original.value ?? []))")
        }
    }
}

/// Bytes as hexadecimal digits.
enum HexDump {
    /// What is shown at most.
    static let bytesMax = 4096

    /// The bytes in groups of four; `…` if there are too many.
    static func text(_ bytes: [UInt8]) -> String {
        var result = ""
        for (place, byte) in bytes.prefix(bytesMax).enumerated() {
            if place > 0, place % 4 == 0 { result += " " }
            result += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return bytes.count > bytesMax ? result + " …" : result
    }
}
