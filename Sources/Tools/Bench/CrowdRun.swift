import Events
import Foundation
import MartletClient
import NIOCore
import NIOPosix

/// Runs a load on one conversation from connecting to the last straggler.
struct CrowdRun: Sendable {
    /// What a run found.
    struct Outcome: Sendable {
        var tally = CrowdTally()
        var posts = CrowdLedger.Summary()
        /// How long it took from where it is measured to the last delivery.
        var seconds = 0.0
        var costs = Costs()
    }

    let plan: CrowdPlan
    let conversation: ConversationID
    /// Those who are connected; the first so many of them post.
    let crowd: [BenchAccounts.Account]
    let posters: Int
    let processes: MeasuredProcesses
    let clock: any WallClock
    /// Is told what is being done.
    let note: @Sendable (String) -> Void

    /// Everything that happened; throws when the load cannot be started.
    func run() async throws -> Outcome {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: plan.loops)
        let ledger = CrowdLedger(
            sockets: crowd.count,
            postsMax: plan.postsMax,
            outstanding: outstanding
        )
        let workers = makeWorkers(ledger, group)
        do {
            note("connecting \(crowd.count) sockets")
            for worker in workers { try await worker.connect() }
            try await probe(workers, ledger)
            let outcome = try await measure(workers, ledger)
            try await end(workers, group)
            return outcome
        } catch {
            try? await end(workers, group)
            throw error
        }
    }

    private var outstanding: Int? {
        if case .closed(let outstanding) = plan.pace { outstanding } else { nil }
    }

    private func end(
        _ workers: [CrowdWorker],
        _ group: MultiThreadedEventLoopGroup
    ) async throws {
        for worker in workers { try await worker.on { $0.end() } }
        try await group.shutdownGracefully()
    }

    private func makeWorkers(
        _ ledger: CrowdLedger,
        _ group: MultiThreadedEventLoopGroup
    ) -> [CrowdWorker] {
        let text = DirectBench.text(bytes: plan.textBytes)
        let nonce = UInt64.random(in: 0..<(1 << 22))
        return (0..<plan.loops).map { worker in
            let seats = stride(from: worker, to: crowd.count, by: plan.loops).map { number in
                var seat = CrowdSeat(crowd[number])
                if number < posters { seat.makePoster(in: conversation, text: text) }
                return seat
            }
            return CrowdWorker(
                plan: plan,
                conversation: conversation,
                seats: seats,
                postingWorkers: min(plan.loops, posters),
                nonce: nonce,
                ledger: ledger,
                clock: clock,
                loop: group.next()
            )
        }
    }

    /// Posts once and waits until everybody has it: then all that was asked for before has come about.
    private func probe(_ workers: [CrowdWorker], _ ledger: CrowdLedger) async throws {
        _ = try await workers[0].on { $0.probe() }
        let isComplete = try await drain(ledger, patience: max(plan.drainSeconds, 1) * 6)
        guard isComplete else {
            throw ClientError(
                .timeout,
                "\(ledger.deliveries) of \(crowd.count) received the first post"
            )
        }
        guard ledger.deliveries == crowd.count else {
            throw ClientError(
                .badResponse,
                "the first post was refused: \(ledger.summary.refusals.keys.joined(separator: ", "))"
            )
        }
    }

    // MARK: Measuring

    private func measure(_ workers: [CrowdWorker], _ ledger: CrowdLedger) async throws -> Outcome {
        // Everybody knows from when on it counts before anybody posts.
        let start = NIODeadline.now().uptimeNanoseconds + 50_000_000
        let measured = start + UInt64(plan.warmup * 1e9)
        let stop = measured + UInt64(plan.seconds * 1e9)
        for worker in workers { try await worker.on { $0.measure(from: measured) } }
        var before = Reading(ledger, processes)
        for worker in workers { try await worker.on { $0.begin(start: start, stop: stop) } }
        if plan.warmup > 0 {
            note("warming up")
            try await LoadClock.sleep(until: measured)
            before = Reading(ledger, processes)
        }
        note("measuring")
        try await waitUntilPosted(ledger, stop)
        for worker in workers { try await worker.on { $0.postRest() } }
        note("waiting for stragglers")
        try await drain(ledger, patience: plan.drainSeconds)
        let after = Reading(ledger, processes)
        var outcome = Outcome()
        for worker in workers { outcome.tally.add(try await worker.on { $0.tally }) }
        outcome.posts = ledger.summary
        let last = outcome.tally.lastArrival
        outcome.seconds = last > measured ? Double(last - measured) / 1e9 : 0
        outcome.costs = Costs(
            from: before.usage,
            to: after.usage,
            count: after.deliveries - before.deliveries
        )
        return outcome
    }

    /// What was delivered and used by a moment.
    private struct Reading {
        let deliveries: Int
        let usage: Costs.Reading

        init(_ ledger: CrowdLedger, _ processes: MeasuredProcesses) {
            deliveries = ledger.deliveries
            usage = Costs.Reading(processes)
        }
    }

    private func waitUntilPosted(_ ledger: CrowdLedger, _ stop: UInt64) async throws {
        while !ledger.isFull, NIODeadline.now().uptimeNanoseconds < stop {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits until nothing is missing, or nothing has come for a while; whether nothing is missing.
    @discardableResult
    private func drain(_ ledger: CrowdLedger, patience: Double) async throws -> Bool {
        try await LoadClock.drain(patience: .seconds(patience)) {
            (ledger.isComplete, ledger.progress)
        }
    }
}
