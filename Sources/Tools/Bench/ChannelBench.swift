import EventLog
import Events
import Foundation
import MartletClient

/// Runs a load on a channel of many followers, and has the router do the same for one of few.
struct ChannelBench: Sendable {
    /// In so many turns the posts for the router go to the small and to the large channel; their median counts.
    static let turns = 7

    let plan: CrowdPlan
    let followers: Int
    /// How many of the followers are connected.
    let connected: Int
    /// Followers of the small channel.
    let fewFollowers: Int
    /// Posts to each channel, with nobody but the owner connected, by which the router is measured; 0: it is not.
    let routerPosts: Int
    /// Connections by which followers are added.
    let connections: Int
    let accounts: BenchAccounts
    let processes: MeasuredProcesses
    let inbox: InboxLog?
    let clock: any WallClock
    /// How long nothing is asked of the router, to know what it uses all the same.
    var idle = Duration.seconds(3)
    /// How long after its last post a turn ends: by then the router has written its checkpoint.
    var settling = Duration.milliseconds(1500)
    /// Is told what is being done.
    let note: @Sendable (String) -> Void

    /// The report; throws when the load cannot be started.
    func run() async throws -> ChannelReport {
        note("signing in \(connected + 1) accounts")
        let crowd = try await accounts.signIn(count: connected + 1) { count in
            if count % 500 == 0 { note("  \(count)") }
        }
        let few = try await makeChannel(fewFollowers, crowd).id
        let many = try await makeChannel(followers, crowd)
        let ends = try await inbox?.ends()
        let router = try await measureRouter(few, many.id, crowd[0])
        let startedAt = Date(timeIntervalSince1970: Double(clock.now().milliseconds) / 1000)
        let outcome = try await run(plan, many.id, crowd)
        let load = plan.load(
            accounts.http.server,
            kind: "channel",
            members: followers + 1,
            connected: connected + 1
        )
        var report = ChannelReport(
            crowd: CrowdReport(outcome, load: load, startedAt: startedAt),
            filling: many.filling,
            router: router
        )
        if let inbox, let ends {
            note("counting inbox records")
            let channels: Set<ConversationID> = [few, many.id]
            let fanOut = try await inbox.read(ends) { FanOut.count($0, in: channels) }
            report.fanOut = ChannelReport.FanOutCount(fanOut, partitions: ends.count)
        }
        return report
    }

    private func run(
        _ plan: CrowdPlan,
        _ channel: ConversationID,
        _ crowd: [BenchAccounts.Account]
    ) async throws -> CrowdRun.Outcome {
        var plan = plan
        plan.hasTicks = false
        return try await CrowdRun(
            plan: plan,
            conversation: channel,
            crowd: crowd,
            posters: 1,
            processes: processes,
            clock: clock,
            note: note
        ).run()
    }

    // MARK: Followers

    private func makeChannel(
        _ count: Int,
        _ crowd: [BenchAccounts.Account]
    ) async throws -> (id: ConversationID, filling: ChannelReport.Filling) {
        note("making a channel of \(count) followers")
        let maker = ConversationMaker(
            http: accounts.http,
            owner: crowd[0].credentials,
            clock: clock
        )
        let real = crowd.dropFirst().prefix(count).map(\.credentials.accountID)
        let start = ContinuousClock.now
        let channel = try await maker.makeChannel(
            followers: real + ConversationMaker.inventedAccounts(count - real.count),
            connections: connections
        ) { done in
            if done % 10_000 == 0 { note("  \(done)") }
        }
        let seconds = start.duration(to: .now) / .seconds(1)
        return (channel, ChannelReport.Filling(followers: count, seconds: seconds))
    }

    // MARK: The router

    /// Posts to one channel and the other in turns; what the router needs for nothing is taken off.
    private func measureRouter(
        _ few: ConversationID,
        _ many: ConversationID,
        _ owner: BenchAccounts.Account
    ) async throws -> ChannelReport.Router? {
        guard routerPosts > 0, let pid = processes.pids.first(where: { $0.name == "router" })?.pid
        else { return nil }
        var turn = plan
        turn.pace = .closed(outstanding: 32)
        turn.postsMax = max(1, routerPosts / Self.turns)
        turn.warmup = 0
        turn.seconds = 600
        // By then the router has done all that was asked of it, and whatever it puts off as well.
        for channel in [few, many] { _ = try await run(turn, channel, [owner]) }
        note("measuring the router, with nothing to do")
        let idle = try await usedCPU(pid) {
            try await Task.sleep(for: self.idle)
        }
        var costs: [[Double]] = [[], []]
        for _ in 0..<Self.turns {
            for (place, channel) in [few, many].enumerated() {
                var accepted = 0
                let turn = turn
                let spent = try await usedCPU(pid) {
                    accepted = try await run(turn, channel, [owner]).posts.accepted
                    // Its checkpoint of them is part of what they cost.
                    try await Task.sleep(for: settling)
                }
                let used = max(0, spent.cpu - idle.cpu / idle.elapsed * spent.elapsed)
                costs[place].append(used * 1e6 / Double(max(1, accepted)))
            }
        }
        return ChannelReport.Router(
            posts: Self.turns * (turn.postsMax ?? 0),
            fewFollowers: fewFollowers,
            fewMicrosecondsPerPost: Self.median(costs[0]),
            followers: followers,
            microsecondsPerPost: Self.median(costs[1])
        )
    }

    /// A log's client burns some CPU now and then; that is not to be taken for a post's cost.
    private static func median(_ costs: [Double]) -> Double { costs.sorted()[costs.count / 2] }

    /// The seconds of CPU that a process uses while `body` runs, and how long that is.
    private func usedCPU(
        _ pid: Int32,
        _ body: () async throws -> Void
    ) async throws -> (cpu: Double, elapsed: Double) {
        let start = ContinuousClock.now
        let before = ProcessUsage.threadSeconds(pid: pid)
        try await body()
        let after = ProcessUsage.threadSeconds(pid: pid)
        return (after - before, start.duration(to: .now) / .seconds(1))
    }
}
