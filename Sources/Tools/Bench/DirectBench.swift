import Events
import Foundation
import MartletClient
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Runs a load of direct messages from beginning to end.
struct DirectBench: Sendable {
    let plan: DirectPlan
    let accounts: BenchAccounts
    let processes: MeasuredProcesses
    let clock: any WallClock
    /// Is told what is being done.
    let note: @Sendable (String) -> Void

    /// The report; throws when the load cannot be started.
    func run() async throws -> DirectReport {
        note("signing in \(plan.accounts) accounts")
        let signedIn = try await accounts.signIn(count: plan.accounts) { count in
            if count % 500 == 0 { note("  \(count)") }
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: plan.loops)
        let workers = try makeWorkers(signedIn, group)
        note("connecting \(plan.accounts) sockets")
        do {
            for worker in workers {
                try await worker.connect()
            }
            let report = try await measure(workers)
            try await end(workers, group)
            return report
        } catch {
            try? await end(workers, group)
            throw error
        }
    }

    private func end(
        _ workers: [DirectWorker],
        _ group: MultiThreadedEventLoopGroup
    ) async throws {
        for worker in workers {
            try await worker.on { $0.end() }
        }
        try await group.shutdownGracefully()
    }

    private func makeWorkers(
        _ signedIn: [BenchAccounts.Account],
        _ group: MultiThreadedEventLoopGroup
    ) throws -> [DirectWorker] {
        guard let url = URLComponents(string: plan.server), let host = url.host else {
            throw ClientError(.invalidURL, "not an address of a server")
        }
        let port = url.port ?? 80
        let text = Self.text(bytes: plan.textBytes)
        let nonce = UInt64.random(in: 0..<(1 << 16))
        return (0..<plan.loops).map { worker in
            let lanes = plan.accounts(ofWorker: worker).map { number in
                Lane(
                    signedIn[number],
                    peer: signedIn[number ^ 1].credentials.accountID,
                    text: text,
                    host: "\(host):\(port)"
                )
            }
            return DirectWorker(
                plan: plan,
                lanes: lanes,
                worker: worker,
                nonce: nonce,
                clock: clock,
                target: (host, port),
                loop: group.next()
            )
        }
    }

    /// Words of the asked-for length.
    static func text(bytes: Int) -> String {
        let words = "the swift that never lands carries every word it was given "
        return String(String(repeating: words, count: bytes / words.utf8.count + 1).prefix(bytes))
    }

    // MARK: Measuring

    private func measure(_ workers: [DirectWorker]) async throws -> DirectReport {
        let startedAt = clock.now()
        let start = NIODeadline.now().uptimeNanoseconds + 50_000_000
        let measured = start + UInt64(plan.warmup * 1e9)
        let stop = measured + UInt64(plan.seconds * 1e9)
        for worker in workers {
            try await worker.on { $0.begin(start: start, measured: measured, stop: stop) }
        }
        note(plan.warmup > 0 ? "warming up" : "measuring")
        try await LoadClock.sleep(until: measured)
        let before = Costs.Reading(processes)
        let receivedBefore = try await total(workers) { $0.tally.count(.received) }
        if plan.warmup > 0 { note("measuring") }
        try await LoadClock.sleep(until: stop)
        note("waiting for stragglers")
        try await LoadClock.drain(patience: .seconds(plan.drainSeconds)) {
            let complete = try await total(workers) { $0.tally.isComplete ? 1 : 0 }
            let progress = try await total(workers) { $0.tally.progress }
            return (complete == workers.count, progress)
        }
        let after = Costs.Reading(processes)
        var tally = DirectTally()
        for worker in workers {
            tally.add(try await worker.on { $0.tally })
        }
        let count = tally.count(.received) - receivedBefore
        return report(
            tally,
            startedAt: startedAt,
            costs: Costs(from: before, to: after, count: count)
        )
    }

    private func total(
        _ workers: [DirectWorker],
        _ value: @escaping @Sendable (DirectWorker) -> Int
    ) async throws -> Int {
        var sum = 0
        for worker in workers {
            sum += try await worker.on(value)
        }
        return sum
    }

    private func report(
        _ tally: DirectTally,
        startedAt: Timestamp,
        costs: Costs
    ) -> DirectReport {
        var latencies: [String: Latency] = [:]
        for (place, stage) in DirectTally.Stage.allCases.enumerated() {
            latencies[stage.rawValue] = Latency(tally.histograms[place])
        }
        return DirectReport(
            load: load(),
            machine: .current(),
            startedAt: Date(timeIntervalSince1970: Double(startedAt.milliseconds) / 1000)
                .formatted(.iso8601),
            receivedPerSecond: Double(tally.arrivalsInWindow) / plan.seconds,
            acceptedPerSecond: Double(tally.acceptedInWindow) / plan.seconds,
            messages: DirectReport.Messages(tally),
            latencyMilliseconds: latencies,
            costs: costs
        )
    }

    private func load() -> DirectReport.Load {
        var load = DirectReport.Load(
            server: plan.server,
            accounts: plan.accounts,
            textBytes: plan.textBytes,
            seconds: plan.seconds,
            warmup: plan.warmup,
            httpShare: plan.httpShare,
            loops: plan.loops
        )
        switch plan.pace {
        case .open(let rate): load.perSecond = rate
        case .closed(let outstanding): load.outstanding = outstanding
        }
        return load
    }
}

/// Lets the process have as many sockets as it may.
enum OpenFiles {
    static func raiseLimit() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }
}
