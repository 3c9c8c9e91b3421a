import Stores
import TestKit

/// Kills persistence, at moments that lie around its commits and at others.
struct StoreKiller: Sendable {
    /// When it dies.
    enum Moment: String, Sendable {
        /// When its commit is seen: whatever else goes with it is under way at best.
        case afterCommit = "after a commit"
        /// When the next commit is due.
        case beforeCommit = "before a commit"
        /// When it has just been started again.
        case starting = "starting"
        case anyTime = "at any time"
    }

    /// The part of the time between two commits in which the next one is written, in milliseconds.
    private static let dueMilliseconds = 350..<530

    private let harness: PipelineHarness
    private let reader: any HotStoreReader
    private var random: SeededRandom

    init(_ installation: StoreInstallation, random: SeededRandom) throws {
        harness = installation.harness
        reader = try installation.location.openReader()
        self.random = random
    }

    /// One after the other, in random order: after a commit is where rows and all else could part.
    private static let turn =
        [Moment](repeating: .afterCommit, count: 4) + [.beforeCommit, .starting, .anyTime]

    /// Kills it so many times after a commit, and besides at the other moments; how often at which.
    mutating func run(_ kills: Int) async throws -> [Moment: Int] {
        var counts: [Moment: Int] = [:]
        var turn: [Moment] = []
        while counts[.afterCommit, default: 0] < kills {
            if turn.isEmpty { turn = Self.turn.shuffled(using: &random) }
            let moment = turn.removeLast()
            try await waitUntilRunning()
            try await reach(moment)
            if await harness.kill("persistence") { counts[moment, default: 0] += 1 }
        }
        return counts
    }

    /// Kills it so many times, each time when it is ready and there is nothing to do.
    func killIdle(_ kills: Int) async throws {
        for _ in 0..<kills {
            try await harness.waitUntilReady("persistence")
            await harness.kill("persistence")
            try await waitUntilRunning()
        }
        try await harness.waitUntilReady("persistence")
    }

    private func waitUntilRunning() async throws {
        try await wait(for: "persistence to run", every: .milliseconds(2)) {
            await harness.identifier(of: "persistence") != nil
        }
    }

    private mutating func reach(_ moment: Moment) async throws {
        switch moment {
        case .afterCommit: try await waitForCommit()
        case .beforeCommit:
            try await waitForCommit()
            try await pause(Self.dueMilliseconds)
        case .starting: try await pause(0..<200)
        case .anyTime: try await pause(0..<1000)
        }
    }

    private mutating func pause(_ milliseconds: Range<Int>) async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: milliseconds, using: &random)))
    }

    private func waitForCommit() async throws {
        let before = try reader.recordsRead()
        try await wait(for: "persistence to write", every: .microseconds(200)) {
            try reader.recordsRead() != before
        }
    }
}
