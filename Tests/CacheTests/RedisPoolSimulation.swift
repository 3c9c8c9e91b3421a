import Testing

@testable import Cache

/// Workers, a server that comes and goes, and people who ask, all at random and without threads.
struct RedisPoolSimulation {
    private enum Doing {
        case nothing
        case connecting
        case serving(Int)
        case asleep(until: ContinuousClock.Instant?)
    }

    private var random: SplitMix
    private var now = ContinuousClock.now
    private var pool: RedisPool<Int>
    private var doing: [Doing]
    private var isServerUp = true
    private var submitted = 0
    /// How often each job was answered.
    private(set) var answers: [Int] = []
    /// How many were answered by the server.
    private(set) var served = 0

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
        var options = RedisCache.Options()
        options.connections = Int.random(in: 1...4, using: &random)
        options.queueCountMax = Int.random(in: 1...8, using: &random)
        pool = RedisPool(options, at: now)
        doing = Array(repeating: .nothing, count: options.connections)
    }

    /// Lets so much happen.
    mutating func run(steps: Int) {
        for _ in 0..<steps {
            now += .milliseconds(Int.random(in: 0...30, using: &random))
            switch Int.random(in: 0..<20, using: &random) {
            case 0: isServerUp.toggle()
            case 1..<8: submit()
            default: move(Int.random(in: 0..<doing.count, using: &random))
            }
        }
    }

    /// The server stays: after some time a job must be served, by whatever was set in motion.
    mutating func recovers() -> Bool {
        isServerUp = true
        let before = served
        for _ in 0..<5_000 where served == before {
            now += .milliseconds(20)
            submit()
            for worker in doing.indices { move(worker) }
        }
        return served > before
    }

    /// Closes the pool and lets the workers end; whether they do.
    mutating func finish() -> Bool {
        perform(pool.close())
        for worker in doing.indices {
            move(worker)
            move(worker)
        }
        return doing.indices.allSatisfy {
            if case .end = pool.next(for: $0, at: now) { true } else { false }
        }
    }

    private mutating func submit() {
        let job = submitted
        submitted += 1
        answers.append(0)
        switch pool.submit(job, bytes: 1, due: now + .milliseconds(100)) {
        case .refused: answers[job] += 1
        case .taken(let worker): if let worker { doing[worker] = .nothing }
        }
    }

    private mutating func move(_ worker: Int) {
        switch doing[worker] {
        case .asleep(let end):
            guard let end, end <= now else { return }
            doing[worker] = .nothing
        case .nothing: begin(worker)
        case .connecting:
            doing[worker] = .nothing
            if isServerUp { perform(pool.connected(worker)) } else { fail(worker) }
        case .serving(let job):
            doing[worker] = .nothing
            answers[job] += 1
            if isServerUp {
                served += 1
                pool.worked(worker)
            } else {
                fail(worker)
            }
        }
    }

    private mutating func begin(_ worker: Int) {
        switch pool.next(for: worker, at: now) {
        case .serve(let job): doing[worker] = .serving(job)
        case .abandon(let job):
            answers[job] += 1
            begin(worker)
        case .connect: doing[worker] = .connecting
        case .wait(let limit): doing[worker] = .asleep(until: limit.map { now + $0 })
        case .end: break
        }
    }

    private mutating func fail(_ worker: Int) {
        perform(pool.failed(worker, RedisFailure(.closed), at: now, using: &random))
    }

    private mutating func perform(_ effects: RedisPool<Int>.Effects) {
        for job in effects.abandoned { answers[job] += 1 }
        for worker in effects.wake {
            if case .asleep = doing[worker] { doing[worker] = .nothing }
        }
    }
}

@Suite struct RedisPoolSimulationTests {
    @Test(arguments: 0..<100)
    func everybodyIsAnsweredOnceAndTheServerIsAlwaysFoundAgain(run: Int) {
        let seed = run == 0 ? UInt64.random(in: 1...UInt64.max) : UInt64(run)
        var simulation = RedisPoolSimulation(seed: seed)
        for _ in 0..<5 {
            simulation.run(steps: 500)
            let recovers = simulation.recovers()
            #expect(recovers, "seed \(seed)")
        }
        let hasEnded = simulation.finish()
        #expect(hasEnded, "seed \(seed)")
        #expect(simulation.answers.allSatisfy { $0 == 1 }, "seed \(seed)")
    }
}
