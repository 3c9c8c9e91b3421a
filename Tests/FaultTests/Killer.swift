import Foundation
import TestKit

/// Kills services at random moments while messages are being sent.
///
/// The moments follow the number of messages settled, so the kills spread over the whole run however fast it goes.
struct Killer: Sendable {
    private let harness: PipelineHarness
    private let plan: Plan
    private let settled: @Sendable () -> Int
    private var random: SeededRandom

    /// What to kill, how often, and over how many messages.
    struct Plan: Sendable {
        /// The names of the services that are killed one at a time.
        var victims: [String]
        var kills: Int
        var machineKills: Int
        var messages: Int
        /// Whoever stands still at the moment is left alone.
        var spared: @Sendable () -> Set<String> = { [] }
    }

    init(
        _ harness: PipelineHarness,
        _ plan: Plan,
        random: SeededRandom,
        settled: @escaping @Sendable () -> Int
    ) {
        self.harness = harness
        self.plan = plan
        self.random = random
        self.settled = settled
    }

    private enum Blow {
        case one
        case pair
        case machine
    }

    /// Returns when every blow has been dealt; how many processes were killed.
    mutating func run() async throws -> Int {
        var blows = [Blow](repeating: .one, count: max(plan.kills - 2, 0))
        // Always once, and early: what was acknowledged before the log had it would be lost here.
        if plan.kills >= 2 { blows.insert(.pair, at: 0) }
        for _ in 0..<plan.machineKills {
            blows.insert(
                .machine,
                at: Int.random(in: min(1, blows.count)...blows.count, using: &random)
            )
        }
        var killed = 0
        for (number, blow) in blows.enumerated() {
            let moment = plan.messages * (number + 1) / (blows.count + 1)
            let settled = settled
            try await wait(for: "\(moment) messages to be settled", within: .seconds(300)) {
                settled() >= moment
            }
            let pause = Int.random(in: 0..<250, using: &random)
            try await Task.sleep(for: .milliseconds(pause))
            killed += try await deal(blow)
        }
        return killed
    }

    private mutating func deal(_ blow: Blow) async throws -> Int {
        switch blow {
        case .one:
            let spared = plan.spared()
            let victims = plan.victims.filter { !spared.contains($0) }
            await harness.kill(victims.randomElement(using: &random) ?? "broker")
            return 1
        case .pair:
            // Whoever takes messages dies while the log is away.
            await harness.kill("broker", restarts: false)
            try await Task.sleep(for: .milliseconds(300))
            await harness.kill("gateway")
            try await harness.start("broker")
            return 2
        case .machine:
            let names = await harness.names
            await harness.killAll()
            try await harness.startMissing()
            return names.count
        }
    }
}
