public import ArgumentParser
import EventLog
import LogTail

/// `martlet audit`: decides on everything again and compares it with what the log has.
public struct AuditCommand: AsyncParsableCommand {
    /// Name, abstract and discussion for `--help`.
    public static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract:
            "Works out from what devices sent what timeline, inboxes and ticks must be, and compares.",
        discussion: """
            It decides on every submission again, in log order, by the same rules but none of the same bookkeeping, and works out \
            who had to be told what: events, rejections, what an account changed about itself, ticks, how far it has read. \
            Nothing is changed, and it may run beside a live system: it looks at what the services have finished.

            With --follow it goes on until it is interrupted: it tells of each finding at once, and every few seconds how things stand. \
            In memory are the conversations, with everybody's marks, the ids that may come again, the messages that something can \
            be done to, and what is on its way; what has found its counterpart is forgotten.

            Exit code 0 if nothing is missing, doubled, out of order or wrong; 1 if something is; 2 if that could not be found out.
            """
    )

    @Option(help: "Show so many findings at most at the end")
    var findings = 20

    @Flag(help: "JSON: one object, or with --follow one a line")
    var json = false

    @Flag(help: "Go on, beside a live system, until interrupted")
    var follow = false

    @Option(help: "With --follow: seconds from one judgement to the next")
    var interval = 5

    @Option(help: "With --follow: serve /healthz and /metrics on this port of 127.0.0.1")
    var metricsPort: Int?

    @OptionGroup var connection: LogConnectionOptions

    /// For the parser.
    public init() {}

    /// Checks the arguments.
    public func validate() throws {
        guard (1...3600).contains(interval) else {
            throw ValidationError("--interval is from 1 to 3600")
        }
        guard metricsPort == nil || follow else {
            throw ValidationError("--metrics-port needs --follow")
        }
        guard (1...65_535).contains(metricsPort ?? 1) else {
            throw ValidationError("--metrics-port is a port")
        }
    }

    /// Reads, works out and tells.
    public func run() async throws {
        let options = AuditRun.Options(
            configuration: try CommandOutput.prepare(as: "martlet audit", failure: ExitCode(2)) {
                try connection.configuration(clientID: "martlet-audit")
            },
            findingsShown: findings,
            isJSON: json,
            interval: .seconds(interval)
        )
        if follow {
            try await AuditFollower.run(options, metricsPort: metricsPort)
        } else {
            try await CommandOutput.write(as: "martlet audit", failure: ExitCode(2)) { writer in
                try AuditRun(options, writer: writer).once()
            }
        }
    }
}
