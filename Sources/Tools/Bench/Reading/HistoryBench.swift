import Events
import Foundation
import MartletClient
import NIOCore
import NIOPosix

/// Runs a load of reading from beginning to end.
struct HistoryBench: Sendable {
    let plan: HistoryPlan
    /// History's address.
    let server: String
    let summary: FillSummary
    /// The access tokens of the people of the fill.
    let tokens: [String]
    let processes: MeasuredProcesses
    let clock: any WallClock
    /// Is told what is being done.
    let note: @Sendable (String) -> Void

    /// The report; throws when the load cannot be started.
    func run() async throws -> HistoryReport {
        guard let url = URLComponents(string: server), let host = url.host else {
            throw BenchFailure("\(server) is not an address of a server")
        }
        let questions = try HistoryQuestions(
            summary,
            kinds: plan.load.kinds,
            archivedUntil: clock.now().dayNumber - plan.olderThanDays,
            seed: plan.seed
        )
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let worker = HistoryWorker(
            plan: plan,
            questions: questions,
            tokens: tokens,
            target: (host, url.port ?? 80),
            loop: group.next()
        )
        do {
            note("connecting \(plan.connections) times")
            try await worker.connect()
            let report = try await measure(worker)
            try await end(worker, group)
            return report
        } catch {
            try? await end(worker, group)
            throw error
        }
    }

    private func end(_ worker: HistoryWorker, _ group: MultiThreadedEventLoopGroup) async throws {
        try await worker.on { $0.end() }
        try await group.shutdownGracefully()
    }

    private func measure(_ worker: HistoryWorker) async throws -> HistoryReport {
        let startedAt = Date(timeIntervalSince1970: Double(clock.now().milliseconds) / 1000)
        let start = NIODeadline.now().uptimeNanoseconds + 50_000_000
        let measured = start + UInt64(plan.warmup * 1e9)
        let stop = measured + UInt64(plan.seconds * 1e9)
        try await worker.on { $0.begin(start: start, measured: measured, stop: stop) }
        note(plan.warmup > 0 ? "warming up" : "measuring")
        try await LoadClock.sleep(until: measured)
        let before = Costs.Reading(processes)
        let answeredBefore = try await worker.on { $0.tally.answered }
        if plan.warmup > 0 { note("measuring") }
        try await LoadClock.sleep(until: stop)
        note("waiting for stragglers")
        try await LoadClock.drain(patience: .seconds(plan.drainSeconds)) {
            let tally = try await worker.on { $0.tally }
            return (tally.unanswered == 0, tally.answered)
        }
        let after = Costs.Reading(processes)
        let tally = try await worker.on { $0.tally }
        return HistoryReport(
            tally,
            load: HistoryReport.Load(
                server: server,
                kind: plan.load.rawValue,
                perSecond: plan.perSecond,
                seconds: plan.seconds,
                warmup: plan.warmup,
                connections: plan.connections,
                messages: summary.messages,
                conversations: summary.conversations
            ),
            startedAt: startedAt,
            costs: Costs(from: before, to: after, count: tally.answered - answeredBefore)
        )
    }
}
