import ServiceKit
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
        options.instances[.delivery] = dose.deliveries
        options.logLevel = "warning"
        let (findings, killed, audit) = try await PipelineHarness.run(options) { harness in
            var random = SeededRandom(seed: dose.seed)
            let ledger = SharedLedger()
            let crowd = try await Crowd(harness, ledger: ledger)
            let forSenders = random.split()
            let forKiller = random.split()
            async let sending: Void = crowd.send(dose.messages, random: forSenders)
            var killer = Killer(harness, Self.plan(dose), random: forKiller) {
                ledger.write { $0.settledCount }
            }
            let killed = try await killer.run()
            try await sending
            let findings = try await crowd.settle()
            return (findings, killed, try await Self.audit(harness))
        }
        print("faults: \(killed) processes killed\n\(findings)")
        #expect(findings.sent >= dose.messages)
        #expect(audit.status == 0, "\(audit)")
        for kind in Ledger.Findings.Kind.allCases {
            #expect(findings.count(kind) == 0, "\(kind.rawValue); \(dose)\n\(findings)")
        }
    }

    private static func plan(_ dose: Dose) -> Killer.Plan {
        Killer.Plan(
            victims: [
                "broker", "gateway", "router", "delivery", "receipts", "persistence", "push",
            ] + (2..<(dose.deliveries + 1)).map { "delivery-\($0)" },
            kills: dose.kills,
            machineKills: dose.machineKills,
            messages: dose.messages
        )
    }

    /// The log's own books, which know nothing of the ledger, and whether the store is what they say.
    static func audit(_ harness: PipelineHarness) async throws -> Tool {
        let audit = try await Tool.run(
            "martlet",
            ["audit", "--brokers", harness.brokers],
            patience: .seconds(600)
        )
        print("faults: \(audit.output)", terminator: "")
        let verify = try await Tool.run(
            "martlet",
            ["verify", "--data", harness.data, "--brokers", harness.brokers],
            patience: .seconds(600)
        )
        guard verify.status == 0 else { throw HarnessError("the store is not the log: \(verify)") }
        return audit
    }
}
