import TestKit
import Testing

/// The whole pipeline under `kill -9`, judged by a ledger outside of it.
///
/// `make faults` is the full dose. A failure prints the line of environment variables that runs it again.
@Suite(.serialized) struct FaultTests {
    @Test func nothingAcceptedIsLostDoubledOrReorderedWhileProcessesAreKilled() async throws {
        let dose = Dose()
        print("faults: \(dose)")
        var options = PipelineHarness.Options()
        options.deliveries = dose.deliveries
        options.logLevel = "warning"
        let (findings, killed) = try await PipelineHarness.run(options) { harness in
            var random = SeededRandom(seed: dose.seed)
            let ledger = SharedLedger()
            let crowd = try await Crowd(harness, ledger: ledger)
            let forSenders = random.split()
            let forKiller = random.split()
            async let sending: Void = crowd.send(dose.messages, random: forSenders)
            var killer = Killer(harness, dose: dose, random: forKiller) {
                ledger.write { $0.settledCount }
            }
            let killed = try await killer.run()
            try await sending
            return (try await crowd.settle(), killed)
        }
        print("faults: \(killed) processes killed\n\(findings)")
        #expect(findings.sent >= dose.messages)
        for kind in Ledger.Findings.Kind.allCases {
            #expect(findings.count(kind) == 0, "\(kind.rawValue); \(dose)\n\(findings)")
        }
    }
}
