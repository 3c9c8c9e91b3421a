import EventLog
import Events
import Foundation
import ServiceKit
import Synchronization
import TestKit
import Testing

@testable import Bench

/// A log is filled, persistence builds its store of it, and history is asked: the real processes.
@Suite(
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: (try? PipelineHarness.executableFolder()) != nil)
)
struct FilledInstallationTests {
    private func run(
        _ services: [ServiceName],
        _ body: @Sendable (PipelineHarness) async throws -> Void
    ) async throws {
        var options = PipelineHarness.Options()
        options.services = services
        try await PipelineHarness.run(options, body)
    }

    private func fill(
        _ harness: PipelineHarness,
        seed: UInt64,
        isAppending: Bool = false,
        note: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> FillSummary {
        let run = FillRun(
            plan: FillPlan(
                messages: 6000,
                accounts: 60,
                conversations: 40,
                seed: seed,
                hasReceipts: true,
                end: SystemClock().now()
            ),
            log: EventLogConfiguration(brokers: harness.brokers, clientID: "bench-test"),
            dataDirectory: harness.data,
            isAppending: isAppending,
            note: note
        )
        return try await LogReader.onThread("fill") { try run.run() }
    }

    private func read(
        _ load: HistoryPlan.Load,
        _ harness: PipelineHarness,
        _ summary: FillSummary
    ) async throws -> HistoryReport {
        let plan = HistoryPlan(
            load: load,
            perSecond: 200,
            seconds: 1,
            warmup: 0,
            connections: 8,
            olderThanDays: 7,
            seed: 1,
            drainSeconds: 5
        )
        return try await HistoryBench(
            plan: plan,
            server: "http://127.0.0.1:\(harness.portBase + 1)",
            summary: summary,
            tokens: try await PeopleTokens.issue(
                for: summary,
                dataDirectory: harness.data,
                clock: SystemClock()
            ),
            processes: MeasuredProcesses(pids: []),
            clock: SystemClock(),
            note: { _ in }
        ).run()
    }

    /// Asks again until persistence has caught up.
    private func readWhenThere(
        _ load: HistoryPlan.Load,
        _ harness: PipelineHarness,
        _ summary: FillSummary
    ) async throws -> HistoryReport {
        var report = try await read(load, harness, summary)
        for _ in 0..<60 where !report.isExact {
            report = try await read(load, harness, summary)
        }
        return report
    }

    @Test func whatWasFilledInIsReadFromHistory() async throws {
        try await run([.broker, .persistence, .history]) { harness in
            let first = try await fill(harness, seed: 1)
            #expect(first.records["accounts"] == 120)
            #expect(first.records["timeline"] ?? 0 > 6000)
            #expect(first.records["receipts"] ?? 0 > 6000)
            #expect(try FillSummary.read(dataDirectory: harness.data) == first)
            for load in [HistoryPlan.Load.page, .list, .archived] {
                let report = try await readWhenThere(load, harness, first)
                #expect(report.isExact, "\(load): \(report.requests)")
                #expect(report.measured == 200)
            }
            let second = try await fill(harness, seed: 2, isAppending: true)
            for summary in [second, first] {
                let report = try await readWhenThere(.page, harness, summary)
                #expect(report.isExact, "after the second: \(report.requests)")
            }
        }
    }

    /// A fill that is killed has written records of its seed, and nobody knows which.
    @Test func aSeedIsUsedUpBeforeTheFirstRecordAndForGood() async throws {
        try await run([.broker]) { harness in
            let folder = harness.data
            let begun = Mutex<[[UInt64]]>([])
            let note: @Sendable (String) -> Void = { line in
                // The first line comes before the first record.
                guard line.hasPrefix("making up") else { return }
                let seeds = try? FillSummary.last(dataDirectory: folder)?.seeds
                begun.withLock { $0.append(seeds ?? []) }
            }
            _ = try await fill(harness, seed: 1, note: note)
            _ = try await fill(harness, seed: 2, isAppending: true, note: note)
            #expect(begun.withLock { $0 } == [[1], [1, 2]])
            for seed in [1, 2] as [UInt64] {
                await #expect(throws: BenchFailure.self) {
                    try await fill(harness, seed: seed, isAppending: true)
                }
            }
            // What a first fill leaves that dies there.
            var stub = FillSummary(begunWith: 3)
            stub.seeds = [3]
            try stub.write(dataDirectory: folder)
            #expect(throws: BenchFailure.self) { try FillSummary.read(dataDirectory: folder) }
            await #expect(throws: BenchFailure.self) {
                try await fill(harness, seed: 3, isAppending: true)
            }
        }
    }

    @Test func aLogThatHoldsSomethingIsLeftAloneUnlessItIsAskedFor() async throws {
        try await run([.broker]) { harness in
            _ = try await fill(harness, seed: 1)
            await #expect(throws: BenchFailure.self) { try await fill(harness, seed: 2) }
            await #expect(throws: BenchFailure.self) {
                try await fill(harness, seed: 1, isAppending: true)
            }
        }
    }
}
