import Events
import Foundation
import MartletClient

/// Runs a load on one group.
struct GroupBench: Sendable {
    let plan: CrowdPlan
    /// Everybody, the owner included.
    let members: Int
    /// How many of them are connected; all of those post.
    let connected: Int
    let accounts: BenchAccounts
    let processes: MeasuredProcesses
    let clock: any WallClock
    /// Is told what is being done.
    let note: @Sendable (String) -> Void

    /// The report; throws when the load cannot be started.
    func run() async throws -> CrowdReport {
        note("signing in \(connected) accounts")
        let crowd = try await accounts.signIn(count: connected) { count in
            if count % 500 == 0 { note("  \(count)") }
        }
        note("making a group of \(members)")
        let maker = ConversationMaker(
            http: accounts.http,
            owner: crowd[0].credentials,
            clock: clock
        )
        let others = crowd.dropFirst().map(\.credentials.accountID)
        let group = try await maker.makeGroup(
            members: others + ConversationMaker.inventedAccounts(members - connected)
        )
        let startedAt = Date(timeIntervalSince1970: Double(clock.now().milliseconds) / 1000)
        let run = CrowdRun(
            plan: plan,
            conversation: group,
            crowd: crowd,
            posters: connected,
            processes: processes,
            clock: clock,
            note: note
        )
        let load = plan.load(
            accounts.http.server,
            kind: "group",
            members: members,
            connected: connected
        )
        return CrowdReport(try await run.run(), load: load, startedAt: startedAt)
    }
}

extension CrowdPlan {
    /// What was asked for, for a report.
    func load(_ server: String, kind: String, members: Int, connected: Int) -> CrowdReport.Load {
        var load = CrowdReport.Load(
            server: server,
            kind: kind,
            members: members,
            connected: connected,
            posts: postsMax,
            textBytes: textBytes,
            seconds: seconds,
            warmup: warmup,
            loops: loops,
            reads: reads
        )
        switch pace {
        case .open(let rate): load.perSecond = rate
        case .closed(let outstanding): load.outstanding = outstanding
        }
        return load
    }
}
