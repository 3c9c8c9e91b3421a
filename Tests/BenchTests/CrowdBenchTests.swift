import ClientTestSupport
import Conversations
import EventLog
import Events
import Foundation
import MartletClient
import Testing

@testable import Bench

private struct WallTime: WallClock {
    func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
}

@Suite struct CrowdLedgerTests {
    @Test func aPostIsDoneWhenEverySocketHasIt() {
        let ledger = CrowdLedger(sockets: 2, postsMax: nil, outstanding: nil)
        #expect(ledger.start(due: 5, isProbe: true) == 0)
        #expect(ledger.deliver(0) == 5)
        #expect(!ledger.isComplete)
        #expect(ledger.deliver(0) == 5)
        #expect(ledger.isComplete)
        #expect(ledger.deliver(0) == nil)
        #expect(ledger.summary == .init(started: 1, accepted: 1))
    }

    @Test func whatIsMissingIsCountedOnceForEachSocket() {
        let ledger = CrowdLedger(sockets: 3, postsMax: nil, outstanding: nil)
        for due in 0..<4 { _ = ledger.start(due: UInt64(due)) }
        _ = ledger.accept(0)
        _ = ledger.deliver(1)
        ledger.refuse(2, code: "not_allowed")
        let summary = ledger.summary
        #expect(summary.accepted == 2)
        #expect(summary.missing == 3 + 2)
        #expect(summary.refusals == ["not_allowed": 1])
        #expect(summary.unanswered == 1)
        #expect(ledger.accept(0) == nil)
        #expect(ledger.accept(9) == nil)
    }

    @Test func noMoreAreUnderWayThanMayBe() {
        let ledger = CrowdLedger(sockets: 1, postsMax: 4, outstanding: 2)
        #expect(ledger.start(due: 0, isProbe: true) == 0)
        #expect(ledger.deliver(0) == 0)
        #expect(ledger.start(due: 1) == 1)
        #expect(ledger.start(due: 2) == 2)
        #expect(ledger.start(due: 3) == nil)
        _ = ledger.deliver(1)
        ledger.refuse(2, code: "busy")
        #expect(ledger.start(due: 4) == 3)
        #expect(ledger.start(due: 5) == 4)
        _ = ledger.deliver(3)
        #expect(ledger.isFull)
        #expect(ledger.start(due: 6) == nil)
    }
}

private let channel = ConversationID(high: 7, low: 7)

private func record(
    _ partition: Int32,
    of offset: Int64,
    index: Int = 0,
    in conversation: ConversationID? = nil,
    body: TimelineEvent.Body = .messagePosted(MessagePost(text: "news".utf8))
) -> LogRecord {
    let origin = Origin(topicNumber: 1, partition: Partition(0), offset: Offset(offset))
    let event = TimelineEvent(
        origin: origin,
        conversation: conversation ?? channel,
        kind: .channel,
        seq: UInt64(offset + 1),
        messageCount: 1,
        serverTime: Timestamp(milliseconds: 1),
        clientTime: Timestamp(milliseconds: 0),
        sender: AccountID(high: 1, low: 1),
        device: DeviceID(high: 1, low: 1),
        submission: SubmissionID(high: 1, low: UInt64(offset)),
        body: body
    )
    return LogRecord(
        topicPartition: TopicPartition(.inbox, Partition(partition)),
        offset: Offset(offset),
        timestamp: Timestamp(milliseconds: 1),
        key: nil,
        value: InboxCoding.event(event.encoded(), origin: origin.indexed(index))
    )
}

@Suite struct FanOutTests {
    @Test func recordsAreCountedByThePostTheyComeOf() {
        var fanOut = FanOut.count(
            [record(0, of: 1), record(1, of: 1, index: 1), record(0, of: 2)],
            in: [channel]
        )
        fanOut.add(FanOut.count([record(2, of: 1, index: 2)], in: [channel]))
        #expect(fanOut.posts == 2)
        #expect(fanOut.records == 4)
        #expect(fanOut.most == 3)
        #expect(!ChannelReport.FanOutCount(fanOut, partitions: 2).isBounded)
        #expect(ChannelReport.FanOutCount(fanOut, partitions: 3).isBounded)
        // Where nothing was counted nothing was shown.
        #expect(
            !ChannelReport.FanOutCount(FanOut.count([], in: [channel]), partitions: 3).isBounded
        )
    }

    @Test func whatIsNoPostOfTheseConversationsIsPassedOver() {
        let others = [
            record(0, of: 1, in: ConversationID(high: 8, low: 8)),
            record(0, of: 2, body: .acted(.leave)),
            LogRecord(
                topicPartition: TopicPartition(.inbox, Partition(0)),
                offset: Offset(3),
                timestamp: Timestamp(milliseconds: 1),
                key: nil,
                value: [0xFF, 1, 2]
            ),
        ]
        #expect(FanOut.count(others, in: [channel]).posts == 0)
    }
}

@Suite(.timeLimit(.minutes(2))) struct CrowdBenchTests {
    private static let pace = DirectPlan.Pace.open(perSecond: 100)

    private func plan() -> CrowdPlan {
        CrowdPlan(
            pace: Self.pace,
            postsMax: nil,
            textBytes: 40,
            seconds: 0.5,
            warmup: 0.1,
            loops: 2,
            drainSeconds: 0.5,
            reads: true
        )
    }

    private func with<Report: Sendable>(
        script: @escaping @Sendable (inout FakeMartlet.Script) -> Void = { _ in },
        _ body: @Sendable (BenchAccounts, FakeMartlet) async throws -> Report
    ) async throws -> Report {
        let codes = FileManager.default.temporaryDirectory
            .appending(path: "martlet-\(UUID().uuidString).jsonl").path
        defer { try? FileManager.default.removeItem(atPath: codes) }
        let server = try await FakeMartlet.start(verificationPath: codes)
        let address = try await server.on { server in
            script(&server.script)
            return server.server
        }
        let accounts = BenchAccounts(
            http: MartletHTTP(server: address),
            path: nil,
            codes: VerificationFile(path: codes)
        )
        let result: Result<Report, any Error>
        do {
            result = .success(try await body(accounts, server))
        } catch {
            result = .failure(error)
        }
        try await server.stop()
        return try result.get()
    }

    private func group(
        members: Int,
        connected: Int,
        _ plan: CrowdPlan,
        _ accounts: BenchAccounts
    ) async throws -> CrowdReport {
        try await GroupBench(
            plan: plan,
            members: members,
            connected: connected,
            accounts: accounts,
            processes: MeasuredProcesses(pids: [("delivery", getpid())]),
            clock: WallTime(),
            note: { _ in }
        ).run()
    }

    @Test func everyPostToAGroupReachesEverySocket() async throws {
        let report = try await with { accounts, server in
            let report = try await group(members: 300, connected: 4, plan(), accounts)
            let members = try await server.on { server in
                server.requests.map { "\($0.method) \($0.uri.split(separator: "/").last ?? "")" }
            }
            #expect(members == ["POST groups", "POST members"])
            return report
        }
        #expect((59...61).contains(report.posts.started))
        #expect(report.posts.accepted == report.posts.started)
        #expect(report.isExact)
        #expect((49 * 4...50 * 4).contains(report.deliveries))
        #expect(report.latencyMilliseconds["delivered"]?.count == UInt64(report.deliveries))
        #expect(report.deliveriesPerCoreSecond ?? 0 > 0)
        #expect(report.table().contains("deliveries per core-second"))
        let json = String(decoding: try report.json(), as: UTF8.self)
        #expect(json.contains("\"deliveries_per_core_second\""))
    }

    @Test func aClosedLoadEndsWithItsPosts() async throws {
        let report = try await with { accounts, _ in
            var plan = plan()
            plan.pace = .closed(outstanding: 3)
            plan.postsMax = 40
            plan.seconds = 60
            plan.warmup = 0
            return try await group(members: 3, connected: 3, plan, accounts)
        }
        #expect(report.posts.started == 41)
        #expect(report.deliveries == 40 * 3)
        #expect(report.isExact)
    }

    @Test func eventsThatAreSentAgainAreNoDeliveries() async throws {
        let report = try await with {
            $0.sendsTwice = true
        } _: { accounts, _ in
            try await group(members: 2, connected: 2, plan(), accounts)
        }
        #expect(report.posts.resends > 0)
        #expect(report.posts.doubled == 0)
        #expect(report.isExact)
    }

    @Test func postsThatReachNobodyEndTheRunBeforeItBegins() async throws {
        await #expect(throws: ClientError.self) {
            try await with {
                $0.losesMessages = true
            } _: { accounts, _ in
                var plan = plan()
                plan.drainSeconds = 0.1
                return try await group(members: 2, connected: 2, plan, accounts)
            }
        }
    }

    @Test func aChannelIsFilledOneByOneAndItsOwnerAlonePosts() async throws {
        let report = try await with { accounts, server in
            var plan = plan()
            plan.postsMax = 10
            plan.seconds = 60
            plan.warmup = 0
            let inbox = InboxLog(
                ends: { [TopicPartition(.inbox, Partition(0)): Offset(3)] },
                read: { starts, count in
                    #expect(starts == [TopicPartition(.inbox, Partition(0)): Offset(3)])
                    #expect(count([record(0, of: 1)]).posts == 0, "another channel's")
                    return FanOut.count([record(0, of: 1)], in: [channel])
                }
            )
            let report = try await ChannelBench(
                plan: plan,
                followers: 30,
                connected: 4,
                fewFollowers: 2,
                routerPosts: 14,
                connections: 5,
                accounts: accounts,
                processes: MeasuredProcesses(pids: [("router", getpid())]),
                inbox: inbox,
                clock: WallTime(),
                idle: .milliseconds(10),
                settling: .zero,
                note: { _ in }
            ).run()
            let requests = try await server.on { $0.requests }
            let adds = requests.filter { $0.uri.hasSuffix("/members") }
            #expect(Set(adds.map(\.body)).count == 32)
            return report
        }
        #expect(report.crowd.load.members == 31)
        #expect(report.crowd.deliveries == 10 * 5)
        #expect(report.crowd.isExact && report.fanOut?.isBounded == true)
        #expect(report.router?.posts == 14)
        #expect(report.router?.microsecondsPerPost ?? -1 >= 0)
        #expect(report.fanOut?.partitions == 1)
        #expect(report.table().contains("followers were added"))
    }

    @Test(arguments: [(10.0, 12.0, true), (10, 12.1, false), (10, 3, true)])
    func followersMayCostTheRouterAFifthAtMost(
        few: Double,
        many: Double,
        isExact: Bool
    ) async throws {
        let load = plan().load("http://127.0.0.1:1", kind: "channel", members: 3, connected: 1)
        let report = ChannelReport(
            crowd: CrowdReport(CrowdRun.Outcome(), load: load, startedAt: .distantPast),
            filling: ChannelReport.Filling(followers: 2, seconds: 1),
            router: ChannelReport.Router(
                posts: 7,
                fewFollowers: 1,
                fewMicrosecondsPerPost: few,
                followers: 2,
                microsecondsPerPost: many
            )
        )
        #expect(report.isExact == isExact)
        #expect(report.table().contains(isExact ? "as it must be" : "too much"))
    }

    @Test func aFollowerThatIsRefusedForNowIsAddedAllTheSame() async throws {
        try await with {
            $0.requestAnswersToDrop = 3
        } _: { accounts, server in
            let owner = try await accounts.signIn(count: 1) { _ in }[0]
            let maker = ConversationMaker(
                http: accounts.http,
                owner: owner.credentials,
                clock: WallTime()
            )
            let followers = ConversationMaker.inventedAccounts(8)
            let channel = try await maker.makeChannel(followers: followers, connections: 2) { _ in }
            let bodies = try await server.on { server in
                server.requests.filter { $0.uri.hasSuffix("\(channel)/members") }.map(\.body)
            }
            #expect(Set(bodies).count == 8)
            for follower in followers {
                #expect(bodies.contains { $0.contains(follower.description) })
            }
        }
    }
}
