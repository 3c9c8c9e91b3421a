public import ArgumentParser
import EventLog
import LogTail

/// `martlet audit`: decides on everything again and compares it with what the log has.
public struct AuditCommand: AsyncParsableCommand {
    /// Name, abstract and discussion for `--help`.
    public static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract:
            "Works out from the submissions what must be in timeline and inbox, and compares.",
        discussion: """
            It decides on every submission again, in log order, by the same rules but none of the same bookkeeping, and works out \
            who had to be told what. Nothing is changed, and it may run beside a live system: it looks at what the router has \
            finished. It holds the log's conversations in memory.

            Exit code 0 if nothing is missing, doubled, out of order or wrong; 1 if something is; 2 if that could not be found out.
            """
    )

    @Option(help: "Show so many findings at most")
    var findings = 20

    @Flag(help: "One JSON object")
    var json = false

    @OptionGroup var connection: LogConnectionOptions

    /// For the parser.
    public init() {}

    /// Reads, works out and tells.
    public func run() async throws {
        let auditor = LogAuditor(
            configuration: connection.configuration(clientID: "martlet-audit")
        )
        let (isJSON, shown) = (json, findings)
        try await CommandOutput.write(as: "martlet audit", failure: ExitCode(2)) { writer in
            let outcome = try auditor.audit { _ in }
            let report = AuditReport(
                outcome: outcome,
                findingsShown: shown,
                palette: Palette(isColoured: writer.isColoured)
            )
            for line in isJSON ? [report.object.text] : report.lines { try writer.write(line) }
            try writer.flush()
            guard outcome.findings.isEmpty else { throw ExitCode.failure }
        }
    }
}
