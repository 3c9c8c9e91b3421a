public import ArgumentParser
import Events
import ServiceKit

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
        try await installation.tell(bench.run)
    }
}
