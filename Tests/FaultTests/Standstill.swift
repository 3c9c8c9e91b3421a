import Foundation
import Synchronization
import TestKit

/// Stops services for longer than their groups wait for them, and lets them go on: zombies, for a while.
///
/// Each time one instance of some of the services that there are two of stands still. The moments follow the number of messages settled.
final class Standstill: Sendable {
    private static let services = ["router", "delivery", "receipts"]

    private let harness: PipelineHarness
    private let stops: Int
    private let duration: Duration
    private let messages: Int
    private let settled: @Sendable () -> Int
    private let standing = Mutex<Set<String>>([])

    init(
        _ harness: PipelineHarness,
        stops: Int,
        duration: Duration,
        messages: Int,
        settled: @escaping @Sendable () -> Int
    ) {
        self.harness = harness
        self.stops = stops
        self.duration = duration
        self.messages = messages
        self.settled = settled
    }

    /// Who stands still at the moment.
    var names: Set<String> { standing.withLock { $0 } }

    /// Returns when all who were stopped go on; who that was.
    func run(random: SeededRandom) async throws -> [String] {
        var random = random
        var stopped: [String] = []
        for number in 0..<stops {
            // Early, so that enough is left to be sent while somebody stands still.
            let moment = messages * (2 * number + 1) / (2 * stops + 2)
            let settled = settled
            try await wait(for: "\(moment) messages to be settled", within: .seconds(600)) {
                settled() >= moment
            }
            var names = Self.services.filter { _ in Int.random(in: 0..<3, using: &random) > 0 }
            if names.isEmpty { names = Self.services }
            names = names.map { Bool.random(using: &random) ? $0 : "\($0)-2" }
            print("faults: \(names.joined(separator: ", ")) stand still for \(duration)")
            try await stop(names)
            stopped += names
        }
        return stopped
    }

    private func stop(_ names: [String]) async throws {
        standing.withLock { $0 = Set(names) }
        for name in names {
            // Who was killed a moment ago has no partitions that others could take.
            try await harness.waitUntilReady(name)
            guard await harness.signal(name, SIGSTOP) else {
                throw HarnessError("\(name) is not there to be stopped")
            }
        }
        try await Task.sleep(for: duration)
        for name in names { await harness.signal(name, SIGCONT) }
        standing.withLock { $0 = [] }
    }
}
