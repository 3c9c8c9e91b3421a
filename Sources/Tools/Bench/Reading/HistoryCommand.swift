public import ArgumentParser
import Events
import MartletClient
import ServiceKit

/// `martlet bench history`: reading what was filled in.
public struct HistoryCommand: AsyncParsableCommand {
    /// How the command is called.
    public static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Read pages, lists and searches of an installation that was filled.",
        discussion: """
            The questions are about what `martlet bench fill` wrote to DATA/fill.json: pages of 30 at random places, the \
            conversations of an account, words. Latencies count from the time at which a request was due, not from when it \
            could be sent. Every answer is checked, and the exit code is 1 if one is wrong or missing. The people who ask sign \
            in by themselves, with the keys in DATA/keys.
            """
    )

    @Option(help: "Requests a second.")
    var rate = 500.0

    @Option(help: "How many seconds are measured.")
    var seconds = 20.0

    @Option(help: "How many seconds the load runs before.")
    var warmup = 3.0

    @Option(help: "What is asked for: page, list, archived, search or mixed.")
    var kind = HistoryPlan.Load.page

    @Option(help: "Connections, with one request at a time on each.")
    var connections = 16

    @Option(help: "With --kind archived: pages from before so many days.")
    var olderThan = 7

    @Option(help: "Decides the questions.")
    var seed: UInt64 = 1

    @Option(help: "How many seconds without progress end the wait for stragglers.")
    var drain = 10.0

    @Option(help: "History's address. Default: as the gateway says")
    var history: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup var installation: InstallationOptions

    /// The defaults.
    public init() {}

    /// Checks the arguments.
    public func validate() throws {
        guard rate > 0, rate <= 1_000_000, seconds > 0, warmup >= 0, drain >= 0 else {
            throw ValidationError(
                "--rate and --seconds are more than 0, --warmup and --drain not negative"
            )
        }
        guard (1...10_000).contains(connections), olderThan >= 1 else {
            throw ValidationError("--connections is from 1 to 10000, --older-than from 1")
        }
        guard installation.data != nil else {
            throw ValidationError("--data must say where the installation's data is")
        }
    }

    /// Runs the load.
    public func run() async throws {
        let plan = HistoryPlan(
            load: kind,
            perSecond: rate,
            seconds: seconds,
            warmup: warmup,
            connections: connections,
            olderThanDays: olderThan,
            seed: seed,
            drainSeconds: drain
        )
        let data = installation.data ?? ""
        try await installation.tell(isJSON: json) {
            let summary = try FillSummary.read(dataDirectory: data)
            return try await HistoryBench(
                plan: plan,
                server: try await address(),
                summary: summary,
                tokens: try await PeopleTokens.issue(
                    for: summary,
                    dataDirectory: data,
                    clock: SystemClock()
                ),
                processes: installation.processes.named("history"),
                clock: SystemClock(),
                note: installation.note
            ).run()
        }
    }

    private func address() async throws -> String {
        if let history { return history }
        let found = try await MartletHTTP(server: installation.server).discover().history
        guard let found else { throw BenchFailure("the gateway names no history service") }
        return found
    }
}

extension HistoryPlan.Load: ExpressibleByArgument {}
