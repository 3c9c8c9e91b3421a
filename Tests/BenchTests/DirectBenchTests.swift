import ClientTestSupport
import Events
import Foundation
import Histogram
import MartletClient
import Testing

@testable import Bench

private struct FixedClock: WallClock {
    func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
}

@Suite struct DirectPlanTests {
    private func plan(share: Double, accounts: Int = 8, loops: Int = 2) -> DirectPlan {
        DirectPlan(
            server: "http://127.0.0.1:1",
            pace: .open(perSecond: 100),
            accounts: accounts,
            textBytes: 10,
            seconds: 1,
            warmup: 0,
            httpShare: share,
            loops: loops,
            drainSeconds: 1
        )
    }

    @Test(arguments: [0, 0.1, 0.25, 0.5, 0.9, 1])
    func theShareByHTTPIsExactAndEven(share: Double) {
        let plan = plan(share: share)
        let sent = (0..<1000).count { plan.goesByHTTP($0) }
        #expect(sent == Int(1000 * share))
        for start in stride(from: 0, to: 900, by: 100) {
            let part = (start..<(start + 100)).count { plan.goesByHTTP($0) }
            #expect(abs(Double(part) - 100 * share) <= 1)
        }
    }

    @Test func everyAccountIsPlayedOnceAndPairsStayTogether() {
        let plan = plan(share: 0, accounts: 14, loops: 3)
        let played = (0..<3).map { plan.accounts(ofWorker: $0) }
        #expect(played.flatMap { $0 }.sorted() == Array(0..<14))
        for accounts in played {
            for account in accounts {
                #expect(accounts.contains(account ^ 1))
            }
        }
    }

    @Test func anIdentifierCarriesItsNumberAndOnlyOnesOwn() {
        let mine = MessageNumbering(nonce: 77 << 6 | 1)
        let other = MessageNumbering(nonce: 77 << 6 | 2)
        for number in [0, 1, 12345, 1 << 39] {
            let id = mine.id(of: number, at: Timestamp(milliseconds: 1_700_000_000_000))
            #expect(id.isUUIDv7)
            #expect(id.uuidTimestamp == Timestamp(milliseconds: 1_700_000_000_000))
            #expect(mine.number(of: id) == number)
            #expect(other.number(of: id) == nil)
        }
        let foreign = UUIDv7Generator(clock: FixedClock()).next(SubmissionID.self)
        #expect(
            MessageNumbering(nonce: 1 << 21).number(of: foreign) == nil
                || foreign.low >> 40 & 0x3FFFFF == 1 << 21
        )
    }
}

@Suite struct DirectTallyTests {
    @Test func latenciesCountFromWhenAMessageWasDue() {
        var tally = DirectTally()
        tally.measuredFrom = 0
        let number = tally.start(due: 1_000_000)
        #expect(tally.reach(.received, number, at: 6_000_000) == true)
        #expect(tally.reach(.received, number, at: 9_000_000) == false)
        let latency = Latency(tally.histograms[1])
        #expect(latency.count == 1)
        #expect(abs(latency.p50 - 5) < 0.01)
    }

    @Test func whatIsDueInTheWarmUpIsCountedAndNotMeasured() {
        var tally = DirectTally()
        tally.measuredFrom = 100
        let early = tally.start(due: 99)
        let late = tally.start(due: 100)
        for number in [early, late] {
            _ = tally.reach(.accepted, number, at: 200)
        }
        #expect(tally.count(.accepted) == 2)
        #expect(tally.histograms[0].totalCount == 1)
    }

    @Test func whatIsMissingIsNamed() {
        var tally = DirectTally()
        let numbers = (0..<5).map { _ in tally.start(due: 0) }
        _ = tally.reach(.accepted, numbers[0], at: 1)
        _ = tally.sequence(numbers[1])
        _ = tally.reach(.received, numbers[2], at: 1)
        _ = tally.refuse(numbers[3], code: "log_unavailable")
        #expect(tally.lost == 2)
        #expect(tally.unanswered == 3)
        #expect(tally.missing(.delivered) == 1)
        #expect(tally.refusals == ["log_unavailable": 1])
        #expect(!tally.isComplete)
        #expect(tally.reach(.accepted, 99, at: 1) == false)
    }
}

@Suite struct ProcessUsageTests {
    @Test func aNameWithSpacesAndParenthesesDoesNotMoveTheFields() throws {
        let fields = (0..<40).map { $0 == 11 ? "250" : $0 == 12 ? "50" : $0 == 17 ? "7" : "0" }
        let usage = try #require(
            ProcessUsage(
                stat: "12 (a ) b (c) S " + fields.dropFirst().joined(separator: " "),
                status: "Name:\tx\nVmHWM:\t   2048 kB\n",
                ticksPerSecond: 100
            )
        )
        #expect(usage.cpuSeconds == 3)
        #expect(usage.threads == 7)
        #expect(usage.peakResidentBytes == 2_097_152)
        #expect(ProcessUsage(stat: "", status: "", ticksPerSecond: 100) == nil)
    }

    @Test func thisProcessCanBeMeasured() throws {
        let usage = try #require(ProcessUsage(pid: getpid()))
        #expect(usage.peakResidentBytes > 1 << 20)
    }

    @Test func processesAreNamedOnTheCommandLine() throws {
        let processes = try #require(MeasuredProcesses(argument: "gateway=12,delivery-1=13"))
        #expect(processes.pids.map(\.name) == ["gateway", "delivery-1"])
        #expect(MeasuredProcesses(argument: "gateway") == nil)
        #expect(MeasuredProcesses(argument: "gateway=x") == nil)
    }
}

@Suite(.timeLimit(.minutes(2))) struct DirectBenchTests {
    private func run(
        _ change: (inout DirectPlan) -> Void,
        script: @escaping @Sendable (inout FakeMartlet.Script) -> Void = { _ in }
    ) async throws -> DirectReport {
        let codes = FileManager.default.temporaryDirectory
            .appending(path: "martlet-\(UUID().uuidString).jsonl").path
        defer { try? FileManager.default.removeItem(atPath: codes) }
        let server = try await FakeMartlet.start(verificationPath: codes)
        let address = try await server.on { server in
            script(&server.script)
            return server.server
        }
        var plan = DirectPlan(
            server: address,
            pace: .open(perSecond: 200),
            accounts: 6,
            textBytes: 40,
            seconds: 1,
            warmup: 0.2,
            httpShare: 0.5,
            loops: 2,
            drainSeconds: 0.5
        )
        change(&plan)
        let bench = DirectBench(
            plan: plan,
            accounts: BenchAccounts(
                http: MartletHTTP(server: address),
                path: nil,
                codes: VerificationFile(path: codes)
            ),
            processes: MeasuredProcesses(pids: [("self", getpid())]),
            clock: FixedClock(),
            note: { _ in }
        )
        let report = try await bench.run()
        try await server.stop()
        return report
    }

    @Test func anOpenLoadSendsWhatIsDueAndSeesAllOfItThrough() async throws {
        let report = try await run { _ in }
        #expect((238...240).contains(report.messages.started))
        #expect(report.messages.accepted == report.messages.started)
        #expect(report.messages.received == report.messages.started)
        #expect(report.messages.delivered == report.messages.started)
        #expect(report.messages.read == report.messages.started)
        #expect(report.isExact)
        #expect(report.latencyMilliseconds["received"]?.count ?? 0 >= 198)
        #expect(report.costs.servers["self"] != nil)
        let json = String(decoding: try report.json(), as: UTF8.self)
        #expect(json.contains("\"received_per_second\""))
        #expect(report.table().contains("recipient's socket"))
    }

    @Test func aClosedLoadKeepsGoing() async throws {
        let report = try await run {
            $0.pace = .closed(outstanding: 4)
            $0.httpShare = 0
        }
        #expect(report.messages.started > 50)
        #expect(report.isExact)
    }

    @Test func messagesThatVanishAreReportedAsLost() async throws {
        let report = try await run(
            { $0.seconds = 0.3 },
            script: { $0.losesMessages = true }
        )
        #expect(report.messages.lost == report.messages.started)
        #expect(!report.isExact)
    }

    @Test func resentEventsAreDroppedAndRefusalsCounted() async throws {
        let report = try await run(
            { $0.seconds = 0.5 },
            script: {
                $0.sendsTwice = true
                $0.refusals = ["blocked", "log_unavailable"]
            }
        )
        #expect(report.messages.resends > 0)
        #expect(report.messages.doubled == 0)
        #expect(report.messages.refused == 2)
        #expect(report.isExact)
    }
}
