public import ArgumentParser
import EventLog
import Events
import LogTail
import ServiceKit

/// `martlet explain`: tells one message's whole life from the log.
public struct ExplainCommand: AsyncParsableCommand {
    /// Name, abstract and discussion for `--help`.
    public static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tells one message's whole life across the topics, in order of time.",
        discussion: """
            Submitted, sequenced, in which inboxes, delivered to which device, read; or rejected, and why. \
            It never shows the message's text. Exit code 1 if the log knows nothing of the message.
            """
    )

    @Argument(help: "The message's id, 26 characters")
    var messageID: String

    @Option(help: "Look at so many records at most")
    var records = 5_000_000

    @Flag(help: "One JSON object")
    var json = false

    @OptionGroup var connection: LogConnectionOptions

    /// For the parser.
    public init() {}

    /// Checks the flags.
    public func validate() throws {
        _ = try parsedID()
        guard records > 0 else { throw ValidationError("--records takes a number from 1 on.") }
    }

    private func parsedID() throws -> SubmissionID {
        guard let id = SubmissionID(messageID) else {
            throw ValidationError("A message's id has 26 characters: digits and letters.")
        }
        guard id.isUUIDv7 else {
            throw ValidationError("\(messageID) is an id, but not a message's.")
        }
        return id
    }

    /// Searches and tells.
    public func run() async throws {
        let id = try parsedID()
        let explorer = MessageExplorer(
            configuration: try connection.configuration(clientID: "martlet-explain"),
            recordsMax: records,
            clock: SystemClock()
        )
        let isJSON = json
        try await CommandOutput.write(as: "martlet explain") { writer in
            let findings = try explorer.explore(id)
            if isJSON {
                try writer.write(LifeReport.object(findings).text)
            } else if findings.life.isKnown {
                let report = LifeReport(
                    palette: Palette(isColoured: writer.isColoured),
                    clock: LocalTime()
                )
                for line in report.lines(findings) { try writer.write(line) }
            } else {
                try writer.write(Self.apology(id, findings))
            }
            try writer.flush()
            guard findings.life.isKnown else { throw ExitCode.failure }
        }
    }

    private static func apology(
        _ id: SubmissionID,
        _ findings: MessageExplorer.Findings
    )
        -> String
    {
        let made = LocalTime.iso8601(id.uuidTimestamp)
        if findings.isCutShort {
            return "nothing found of \(id) (made \(made)) in the first "
                + "\(findings.records - 1) records from then on; search further with --records"
        }
        return "the log knows nothing of \(id) (made \(made)): neither a submission nor an event"
    }
}
