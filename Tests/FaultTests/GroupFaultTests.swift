import ServiceKit
import Synchronization
import TestKit
import Testing

/// Groups whose members come and go while processes die and stand still, with two routers, deliveries and receipts.
///
/// `make faults` is the full dose. A failure prints the line of environment variables that runs it again.
@Suite(.serialized) struct GroupFaultTests {
    @Test func everyMemberHasExactlyWhatWasSaidBetweenItsComingAndItsGoing() async throws {
        let dose = Dose()
        print("faults: groups: \(dose.ofGroups)")
        var options = PipelineHarness.Options()
        options.instances = [.router: 2, .delivery: 2, .receipts: 2]
        options.logLevel = "warning"
        let (findings, blows, audit) = try await PipelineHarness.run(options) { harness in
            var random = SeededRandom(seed: dose.seed)
            let ledger = SharedGroupLedger()
            let crowd = try await GroupCrowd(
                harness,
                ledger: ledger,
                dose: dose,
                random: random.split()
            )
            let forLanes = random.split()
            let isUnfinished = Flag()
            async let working: Void = crowd.work(dose.operations, random: forLanes) {
                isUnfinished.isSet
            }
            let blows = try await Self.strike(harness, ledger, dose, random: random.split())
            isUnfinished.clear()
            try await working
            let findings = try await crowd.settle()
            // Thrown in here, so that what the services said stands beside it.
            guard findings.isClean else { throw HarnessError("\(dose.ofGroups)\n\(findings)") }
            return (findings, blows, try await FaultTests.audit(harness))
        }
        print(
            "faults: groups: \(blows.killed) processes killed, \(blows.stopped.count) stood still\n"
                + "\(findings)"
        )
        #expect(findings.asked >= dose.operations)
        #expect(findings.moves > 0 && !findings.rejected.isEmpty, "\(findings)")
        #expect(audit.status == 0, "\(audit)")
        #expect(blows.killed >= dose.groupKills)
        #expect(blows.stopped.count >= dose.stops)
        // Only a receipts instance that has lost its partitions without knowing it may tell less than was told before.
        if !blows.stopped.contains(where: { $0.hasPrefix("receipts") }) {
            #expect(findings.ticksLate == 0, "\(findings)")
        }
    }

    /// Kills and stops side by side; returns when the last who stood still goes on.
    private static func strike(
        _ harness: PipelineHarness,
        _ ledger: SharedGroupLedger,
        _ dose: Dose,
        random: SeededRandom
    ) async throws -> (killed: Int, stopped: [String]) {
        var random = random
        let settled: @Sendable () -> Int = { ledger.write { $0.settledCount } }
        let standstill = Standstill(
            harness,
            stops: dose.stops,
            duration: .seconds(dose.stopSeconds),
            messages: dose.operations,
            settled: settled
        )
        let plan = Killer.Plan(
            victims: await harness.names.filter { $0 != "history" },
            kills: dose.groupKills,
            machineKills: 0,
            messages: dose.operations
        ) { standstill.names }
        var killer = Killer(harness, plan, random: random.split(), settled: settled)
        let forStandstill = random.split()
        async let stopped = standstill.run(random: forStandstill)
        let killed = try await killer.run()
        return (killed, try await stopped)
    }
}

/// Set until it is cleared.
private final class Flag: Sendable {
    private let state = Atomic(true)

    var isSet: Bool { state.load(ordering: .relaxed) }

    func clear() {
        state.store(false, ordering: .relaxed)
    }
}
