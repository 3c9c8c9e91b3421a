public import ArgumentParser
import EventLog
import Events
import Foundation
import LogTail
import ServiceKit

/// `martlet bench channel`: one that posts, and very many that follow.
public struct ChannelCommand: AsyncParsableCommand {
    /// How the command is called.
    public static let configuration = CommandConfiguration(
        commandName: "channel",
        abstract: "One channel of very many followers, some of them connected.",
        discussion: """
            The owner posts. Before, with nobody else connected, the router is measured by posts to this channel and to one of few \
            followers, in turns. In the end the inbox is read: a post must not have made more records than it has partitions.

            Followers that are not connected are accounts that nobody registered. A channel takes followers one a request, so \
            100,000 of them take a while.

            The exit code is 1 if an accepted post is missing on a socket, there twice or out of order, or made too many records.
            """
    )

    @Option(help: "Followers of the channel.")
    var followers = 100_000

    @Option(help: "How many of them are connected.")
    var connected = 5_000

    @Option(help: "Posts to the connected followers.")
    var posts = 100

    @Option(help: "Posts a second.")
    var rate = 5.0

    @Option(help: "Followers of the small channel.")
    var fewFollowers = 100

    @Option(
        help:
            "Posts to each channel by which the router is measured; 0: it is not. It needs its process id."
    )
    var routerPosts = 14_000

    @Option(help: "Connections by which followers are added.")
    var connections = 64

    @OptionGroup var load: CrowdOptions
    @OptionGroup var installation: InstallationOptions

    @Option(help: "Brokers as host:port,… Default: the embedded broker of --server's port base")
    var brokers: String?

    /// The defaults.
    public init() {}

    /// Checks the arguments.
    public func validate() throws {
        guard (1..<Limits.channelMembersMax).contains(followers),
            (1..<Limits.channelMembersMax).contains(fewFollowers)
        else {
            throw ValidationError("followers are from 1 to \(Limits.channelMembersMax - 1)")
        }
        guard (0...followers).contains(connected), load.loops <= connected + 1 else {
            throw ValidationError("--connected is at most --followers, --loops at most one more")
        }
        guard posts >= 1, routerPosts >= 0, rate > 0, rate <= 1_000_000,
            (1...1000).contains(connections)
        else {
            throw ValidationError(
                "--posts and --rate are more than 0, --connections from 1 to 1000"
            )
        }
    }

    /// Runs the load.
    public func run() async throws {
        let bench = ChannelBench(
            plan: load.plan(rate: rate, postsMax: posts, seconds: 3600, warmup: 0),
            followers: followers,
            connected: connected,
            fewFollowers: fewFollowers,
            routerPosts: routerPosts,
            connections: connections,
            accounts: installation.accounts,
            processes: installation.processes,
            inbox: .log(try log),
            clock: SystemClock(),
            note: installation.note
        )
        try await installation.tell(bench.run)
    }

    private var log: EventLogConfiguration {
        get throws {
            var connection = LogConnectionOptions()
            connection.data = installation.data
            connection.brokers = brokers
            connection.portBase = URLComponents(string: installation.server)?.port
            return try connection.configuration(clientID: "martlet-bench")
        }
    }
}
