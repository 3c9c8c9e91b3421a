import Foundation
import ServiceKit
import Stores
import TestKit
import Testing

/// Replay and verification of a log that is long enough to be in the middle of it.
@Suite(.serialized) struct StoreReplayFaultTests {
    @Test func aReplayThatIsKilledAndRunAgainGivesTheSameAndAChangedRowIsNamed() async throws {
        let dose = StoreDose()
        print("faults: replay: \(dose)")
        let killed = try await withThrowingTaskGroup(of: (StoreEngine, [Int64]).self) { tasks in
            for engine in StoreEngine.allCases {
                tasks.addTask { (engine, try await Self.replay(engine, dose)) }
            }
            return try await tasks.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (engine, records) in killed {
            print("faults: replay: \(engine): killed after \(records) records")
            #expect(records.contains { $0 > 0 })
        }
    }

    /// Replays a long log with and without kills, and changes a row; after how many records it was killed.
    private static func replay(_ engine: StoreEngine, _ dose: StoreDose) async throws -> [Int64] {
        let settings = try await engine.settings()
        var options = StoreInstallation.options(settings)
        options.services = [.broker, .persistence]
        return try await PipelineHarness.run(options) { harness in
            let installation = StoreInstallation(harness: harness, settings: settings)
            var random = SeededRandom(seed: dose.seed)
            try await fill(installation, dose)
            let whole = installation.place("whole")
            try await installation.replay(into: whole)
            try await installation.compare(replayed: whole)
            let again = installation.place("again")
            let killed = try await killReplays(into: again, installation, dose, &random)
            try await installation.replay(into: again)
            try await installation.compare(replayed: again)
            try await changeARow(of: installation)
            return killed
        }
    }

    private static func fill(_ installation: StoreInstallation, _ dose: StoreDose) async throws {
        let fill = try await Tool.run(
            "martlet",
            installation.arguments([
                "bench", "fill", "--quiet", "--receipts", "--days", "20",
                "--messages", "\(dose.replayMessages)", "--seed", "\(dose.seed)",
            ]),
            patience: .seconds(600)
        )
        guard fill.status == 0 else { throw HarnessError("\(fill)") }
    }

    /// Starts a replay again and again, and kills it in the middle; how many records the store had had each time.
    private static func killReplays(
        into store: String,
        _ installation: StoreInstallation,
        _ dose: StoreDose,
        _ random: inout SeededRandom
    ) async throws -> [Int64] {
        let location = try StoreLocation(store, relativeTo: installation.harness.data)
        func records() -> Int64 { (try? location.openReader().recordsRead()) ?? 0 }
        let whole = try await installation.verifyWhole().records
        var killed: [Int64] = []
        while killed.count < dose.replayKills, records() < whole {
            let before = records()
            let replay = try ChildProcess(
                executable: try PipelineHarness.executableFolder() + "/martlet",
                arguments: installation.arguments(["replay", "--into", store]),
                environment: ProcessInfo.processInfo.environment
                    .filter { !$0.key.hasPrefix("MARTLET_") }
                    .merging(installation.settings) { $1 },
                output: .file("\(installation.harness.logs)/replay.log")
            )
            // One that finds the place still held by the one before ends by itself.
            try await wait(for: "the replay to write", every: .milliseconds(5)) {
                records() > before || replay.exit != nil
            }
            // Sometimes when it has just written, sometimes between.
            if Bool.random(using: &random) {
                let pause = Int.random(in: 0..<100, using: &random)
                try await Task.sleep(for: .milliseconds(pause))
            }
            replay.send(signal: SIGKILL)
            guard await replay.waitForExit() == .signalled(SIGKILL) else { continue }
            let after = records()
            if after < whole { killed.append(after) }
        }
        return killed
    }

    /// Changes one row by hand, and expects it to be found and named.
    private static func changeARow(of installation: StoreInstallation) async throws {
        let row = try installation.location.openReader().rows(of: .events, after: nil, limit: 500)
            .last
        guard let row, case .bytes(let conversation) = row.values[0],
            case .integer(let seq) = row.values[1]
        else { throw HarnessError("there is no row to change") }
        let hexadecimal = conversation.map { String(format: "%02x", $0) }.joined()
        var literal = "x'\(hexadecimal)'"
        if case .postgres = try installation.location { literal = "'\\x\(hexadecimal)'::bytea" }
        try installation.location.execute(
            "UPDATE events SET client_time = client_time + 1 "
                + "WHERE conversation = \(literal) AND seq = \(seq)"
        )
        let proof = try await installation.verify()
        let named = row.keyDescription + ": other client_time"
        #expect(proof.differences == ["events": named])
    }
}
