public import ArgumentParser
import Events
import MartletClient
import ServiceKit

/// `martlet bench`: loads that measure an installation.
public struct BenchCommand: AsyncParsableCommand {
    /// How the command is called.
    public static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure an installation under load.",
        subcommands: [DirectCommand.self, GroupCommand.self, ChannelCommand.self]
    )

    /// The defaults.
    public init() {}
}

/// `martlet bench direct`: pairs of accounts that write to each other.
public struct DirectCommand: AsyncParsableCommand {
    /// How the command is called.
    public static let configuration = CommandConfiguration(
        commandName: "direct",
        abstract: "Direct messages between pairs of accounts.",
        discussion: """
            Latencies count from the time at which a message was due, not from when it could be sent: a server that stalls \
            shows it. Recipients acknowledge and read everything. At the end the run waits for stragglers, and the exit code \
            is 1 if anything that was accepted is missing, doubled or out of order.
            """
    )

    @Option(help: "Messages a second.")
    var rate = 1000.0

    @Option(
        help:
            "Instead of a rate: so many messages on their way at any time, to find the highest rate."
    )
    var closed: Int?

    @Option(help: "Accounts; two of which write to each other.")
    var accounts = 100

    @Option(help: "Bytes of text of a message.")
    var size = 100

    @Option(help: "How many seconds are measured.")
    var seconds = 30.0

    @Option(help: "How many seconds the load runs before.")
    var warmup = 5.0

    @Option(
        help: "Which share of the messages goes by HTTP, from 0 to 1; the others go by WebSocket."
    )
    var httpShare = 0.5

    @Option(help: "Event loops of the load generator.")
    var loops = 1

    @Option(help: "Connections for HTTP, of each event loop; one message at a time on each.")
    var httpConnections = 64

    @Option(help: "How many seconds without progress end the wait for stragglers.")
    var drain = 10.0

    @OptionGroup var installation: InstallationOptions

    /// The defaults.
    public init() {}

    /// Checks the arguments.
    public func validate() throws {
        guard accounts >= 2, accounts % 2 == 0 else {
            throw ValidationError("--accounts is an even number from 2")
        }
        guard rate > 0, rate <= 1_000_000, closed ?? 1 >= 1 else {
            throw ValidationError("--rate is more than 0, --closed at least 1")
        }
        guard (1...Limits.messageCharactersMax).contains(size) else {
            throw ValidationError("--size is from 1 to \(Limits.messageCharactersMax)")
        }
        guard (0...1).contains(httpShare), seconds > 0, warmup >= 0, drain >= 0 else {
            throw ValidationError("--http-share is from 0 to 1, times are not negative")
        }
        guard (1...10_000).contains(httpConnections) else {
            throw ValidationError("--http-connections is from 1 to 10000")
        }
        guard (1...16).contains(loops), loops <= accounts / 2 else {
            throw ValidationError("--loops is from 1 to 16, and at most half of --accounts")
        }
    }

    /// Runs the load.
    public func run() async throws {
        let plan = DirectPlan(
            server: installation.accounts.http.server,
            pace: closed.map { .closed(outstanding: $0) } ?? .open(perSecond: rate),
            accounts: accounts,
            textBytes: size,
            seconds: seconds,
            warmup: warmup,
            httpShare: httpShare,
            loops: loops,
            drainSeconds: drain,
            httpConnections: httpConnections
        )
        let bench = DirectBench(
            plan: plan,
            accounts: installation.accounts,
            processes: installation.processes,
            clock: SystemClock(),
            note: installation.note
        )
        try await installation.measure(bench.run) { report in
            report.table()
        } json: { report in
            try report.json()
        } isExact: { report in
            report.isExact
        }
    }
}
