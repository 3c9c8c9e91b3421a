public import ArgumentParser
import Events
import NIOCore
import ServiceKit

/// What loads on one conversation have in common.
struct CrowdOptions: ParsableArguments {
    @Option(
        help:
            "Instead of a rate: so many posts on their way at any time, to find the highest rate."
    )
    var closed: Int?

    @Option(help: "Bytes of text of a post.")
    var size = 100

    @Option(help: "Event loops of the load generator.")
    var loops = 1

    @Option(help: "How many seconds without progress end the wait for stragglers.")
    var drain = 10.0

    @Option(
        help:
            "Milliseconds that a message that gets ticks waits for others to be acknowledged with it. Default: as the Swift client does it."
    )
    var ackDelay = 50

    @Flag(help: "Everybody reads everything at once.")
    var reads = false

    func validate() throws {
        guard closed ?? 1 >= 1 else { throw ValidationError("--closed is at least 1") }
        guard (1...Limits.messageCharactersMax).contains(size) else {
            throw ValidationError("--size is from 1 to \(Limits.messageCharactersMax)")
        }
        guard (1...16).contains(loops), drain >= 0, (0...10_000).contains(ackDelay) else {
            throw ValidationError(
                "--loops is from 1 to 16, --drain not negative, --ack-delay from 0 to 10000"
            )
        }
    }

    /// A plan of these options.
    func plan(rate: Double, postsMax: Int?, seconds: Double, warmup: Double) -> CrowdPlan {
        CrowdPlan(
            pace: closed.map { .closed(outstanding: $0) } ?? .open(perSecond: rate),
            postsMax: postsMax,
            textBytes: size,
            seconds: seconds,
            warmup: warmup,
            loops: loops,
            drainSeconds: drain,
            reads: reads,
            acknowledgementDelay: .milliseconds(Int64(ackDelay))
        )
    }
}

/// `martlet bench group`: members of one group that write to all others.
public struct GroupCommand: AsyncParsableCommand {
    /// How the command is called.
    public static let configuration = CommandConfiguration(
        commandName: "group",
        abstract: "One group, whose connected members post in turn.",
        discussion: """
            A delivery is a post on one socket; a post to a group with 200 connected members is 200 of them. Latencies count from \
            the time at which a post was due. The exit code is 1 if an accepted post is missing on a socket, there twice or out \
            of order.
            """
    )

    @Option(help: "Members of the group.")
    var members = 200

    @Option(
        help:
            "How many of them are connected, and post; the others are accounts that nobody registered. Default: all"
    )
    var connected: Int?

    @Option(help: "Posts a second, of all together.")
    var rate = 50.0

    @Option(help: "How many seconds are measured.")
    var seconds = 20.0

    @Option(help: "How many seconds the load runs before.")
    var warmup = 3.0

    @OptionGroup var load: CrowdOptions
    @OptionGroup var installation: InstallationOptions

    /// The defaults.
    public init() {}

    /// Checks the arguments.
    public func validate() throws {
        guard (1...Limits.groupMembersMax).contains(members) else {
            throw ValidationError("--members is from 1 to \(Limits.groupMembersMax)")
        }
        guard (1...members).contains(connected ?? members), load.loops <= connected ?? members
        else {
            throw ValidationError("--connected is from --loops to --members")
        }
        guard rate > 0, rate <= 1_000_000, seconds > 0, warmup >= 0 else {
            throw ValidationError("--rate and --seconds are more than 0, --warmup not negative")
        }
    }

    /// Runs the load.
    public func run() async throws {
        let bench = GroupBench(
            plan: load.plan(rate: rate, postsMax: nil, seconds: seconds, warmup: warmup),
            members: members,
            connected: connected ?? members,
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
