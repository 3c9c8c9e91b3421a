public import ArgumentParser
import MartletClient
import ServiceKit

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

    @Option(help: "Accounts; two of which write to each other.")
    var accounts = 100

    @Option(help: "How many seconds are measured.")
    var seconds = 30.0

    @Option(help: "How many seconds the load runs before.")
    var warmup = 5.0

    @Option(
        help: "Which share of the messages goes by HTTP, from 0 to 1; the others go by WebSocket."
    )
    var httpShare = 0.5

    @Option(help: "Connections for HTTP, of each event loop; one message at a time on each.")
    var httpConnections = 64

    @OptionGroup var load: LoadOptions
    @OptionGroup var installation: InstallationOptions

    /// The defaults.
    public init() {}

    /// Checks the arguments.
    public func validate() throws {
        guard accounts >= 2, accounts % 2 == 0 else {
            throw ValidationError("--accounts is an even number from 2")
        }
        guard rate > 0, rate <= 1_000_000, seconds > 0, warmup >= 0 else {
            throw ValidationError("--rate and --seconds are more than 0, --warmup not negative")
        }
        guard (0...1).contains(httpShare) else {
            throw ValidationError("--http-share is from 0 to 1")
        }
        guard (1...10_000).contains(httpConnections) else {
            throw ValidationError("--http-connections is from 1 to 10000")
        }
        guard load.loops <= accounts / 2 else {
            throw ValidationError("--loops is at most half of --accounts")
        }
    }

    /// Runs the load.
    public func run() async throws {
        let plan = DirectPlan(
            server: installation.accounts.http.server,
            pace: load.pace(perSecond: rate),
            accounts: accounts,
            textBytes: load.size,
            seconds: seconds,
            warmup: warmup,
            httpShare: httpShare,
            loops: load.loops,
            drainSeconds: load.drain,
            httpConnections: httpConnections
        )
        let bench = DirectBench(
            plan: plan,
            accounts: installation.accounts,
            processes: installation.processes,
            clock: SystemClock(),
            note: installation.note
        )
        try await installation.tell(bench.run)
    }
}
