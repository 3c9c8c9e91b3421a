import ServiceKit
import TestKit
import Testing

/// The hot store while the process that writes it is killed, in both engines.
///
/// `make faults` is the full dose. A failure prints the line of environment variables that runs it again.
@Suite(.serialized) struct StoreFaultTests {
    private struct Outcome: Sendable {
        let engine: StoreEngine
        let findings: TalkLedger.Findings
        let moments: [StoreKiller.Moment: Int]
    }

    @Test func everythingAcknowledgedIsInTheStoreOnceHoweverOftenItsWriterIsKilled() async throws {
        let dose = StoreDose()
        print("faults: stores: \(dose)")
        // Side by side: most of the time goes by while a consumer group waits for the one that was killed.
        let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { tasks in
            for engine in StoreEngine.allCases {
                for number in 0..<dose.installations {
                    tasks.addTask { try await Self.kill(engine, dose, number) }
                }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        for outcome in outcomes {
            let words = outcome.moments.map { "\($0.value) \($0.key.rawValue)" }.sorted()
            print(
                "faults: \(outcome.engine): killed \(words.joined(separator: ", "))\n"
                    + "\(outcome.findings)"
            )
            #expect(outcome.findings.asked >= dose.messages)
            let afterCommit = outcome.moments[.afterCommit, default: 0]
            #expect(afterCommit >= dose.kills / dose.installations)
        }
    }

    /// An installation of its own, with its share of the kills.
    private static func kill(
        _ engine: StoreEngine,
        _ dose: StoreDose,
        _ number: Int
    ) async throws -> Outcome {
        let settings = try await engine.settings()
        let options = StoreInstallation.options(settings)
        return try await PipelineHarness.run(options) { harness in
            let installation = StoreInstallation(harness: harness, settings: settings)
            var random = SeededRandom(seed: dose.seed + UInt64(number))
            let ledger = SharedTalkLedger()
            let talk = try await StoreTalk(harness, ledger: ledger)
            var killer = try StoreKiller(installation, random: random.split())
            let forTalk = random.split()
            async let talking: Void = talk.talk(dose.messages, random: forTalk)
            let moments = try await killer.run(dose.kills / dose.installations)
            talk.end()
            try await talking
            let findings = try await talk.settle()
            // Thrown in here, so that what the services said stands beside it.
            guard findings.isClean else { throw HarnessError("\(engine): \(dose)\n\(findings)") }
            try await killer.killIdle(max(1, dose.kills / 50))
            let fresh = installation.place("replayed")
            try await installation.replay(into: fresh)
            try await installation.compare(replayed: fresh)
            return Outcome(engine: engine, findings: findings, moments: moments)
        }
    }
}
