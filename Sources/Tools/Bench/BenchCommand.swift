public import ArgumentParser
import Events
import Foundation
import MartletClient
import ServiceKit

/// `martlet bench`: loads that measure an installation.
public struct BenchCommand: AsyncParsableCommand {
    /// How the command is called.
    public static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure an installation under load.",
        subcommands: [DirectCommand.self]
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

    @Option(help: "The gateway's address.")
    var server = MartletHTTP.serverDefault

    @Option(
        help:
            "The data folder of the installation: codes, process ids and the load's accounts are found there."
    )
    var data: String?

    @Option(help: "Reads registration codes from this file. Default: DATA/verification.jsonl")
    var codeFile: String?

    @Option(help: "Where the load's accounts are kept. Default: DATA/bench")
    var profile: String?

    @Option(help: "Processes to measure, as name=pid,… Default: those in DATA/run/pids.json")
    var pids: String?

    @Option(help: "Writes the result as JSON to this file.")
    var output: String?

    @Option(help: "Event loops of the load generator.")
    var loops = 1

    @Option(help: "Connections for HTTP, of each event loop; one message at a time on each.")
    var httpConnections = 64

    @Option(help: "How many seconds without progress end the wait for stragglers.")
    var drain = 10.0

    @Flag(help: "Print the result only.")
    var quiet = false

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
        if let pids, MeasuredProcesses(argument: pids) == nil {
            throw ValidationError("--pids is name=pid,name=pid")
        }
    }

    /// Runs the load.
    public func run() async throws {
        OpenFiles.raiseLimit()
        signal(SIGPIPE, SIG_IGN)
        let http = MartletHTTP(server: server)
        let plan = DirectPlan(
            server: http.server,
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
        let codes = codeFile ?? data.map { "\($0)/verification.jsonl" }
        let directory = profile ?? data.map { "\($0)/bench" }
        let isQuiet = quiet
        let bench = DirectBench(
            plan: plan,
            accounts: BenchAccounts(
                http: http,
                path: directory.map { "\($0)/accounts.json" },
                codes: codes.map { VerificationFile(path: $0) }
            ),
            processes: measured(),
            clock: SystemClock(),
            note: { text in
                if !isQuiet {
                    FileHandle.standardError.write(Data("\(text)\n".utf8))
                }
            }
        )
        let report: DirectReport
        do {
            report = try await bench.run()
        } catch let error as ClientError {
            FileHandle.standardError.write(Data("martlet bench: \(server): \(error)\n".utf8))
            throw ExitCode.failure
        }
        FileHandle.standardOutput.write(Data(report.table().utf8))
        if let output {
            try report.json().write(to: URL(filePath: output), options: .atomic)
        }
        guard report.isExact else { throw ExitCode.failure }
    }

    private func measured() -> MeasuredProcesses {
        if let pids, let given = MeasuredProcesses(argument: pids) {
            return given
        }
        let found = data.flatMap { MeasuredProcesses(dataDirectory: $0) }
        return found ?? MeasuredProcesses(pids: [])
    }
}
