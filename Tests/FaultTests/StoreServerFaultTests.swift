import ServerSupport
import ServiceKit
import Stores
import TestKit
import Testing

/// PostgreSQL is stopped and killed under a store while people talk.
///
/// `make faults` is the full dose. A failure prints the line of environment variables that runs it again.
@Suite(.serialized) struct StoreServerFaultTests {
    @Test func nobodyButPersistenceNoticesThatPostgreSQLIsAwayAndItGoesOnByItself() async throws {
        let dose = StoreDose()
        print("faults: server: \(dose)")
        let server = try await PostgresServer.start()
        let settings = ["MARTLET_STORE_URL": try await server.createDatabase()]
        let options = StoreInstallation.options(settings)
        let (findings, accidents) = try await PipelineHarness.run(options) { harness in
            let installation = StoreInstallation(harness: harness, settings: settings)
            var random = SeededRandom(seed: dose.seed)
            let ledger = SharedTalkLedger()
            let talk = try await StoreTalk(harness, ledger: ledger)
            let forTalk = random.split()
            async let talking: Void = talk.talk(dose.messages, random: forTalk)
            let processes = try await Self.processes(of: harness)
            try await Self.strike(server, installation, ledger, dose, &random)
            guard try await Self.processes(of: harness) == processes else {
                throw HarnessError("a process has ended: \(await harness.accidents)")
            }
            try await Self.startWithoutServer(server, harness)
            talk.end()
            try await talking
            let findings = try await talk.settle()
            guard findings.isClean else { throw HarnessError("\(dose)\n\(findings)") }
            _ = try await installation.verifyWhole()
            return (findings, await harness.accidents)
        }
        print("faults: server: \(findings)")
        #expect(accidents.isEmpty)
        await server.stop()
    }

    /// Everybody's process.
    private static func processes(of harness: PipelineHarness) async throws -> [String: Int32] {
        var processes: [String: Int32] = [:]
        for name in await harness.names { processes[name] = await harness.identifier(of: name) }
        return processes
    }

    private enum Blow {
        case stop
        /// When a commit is seen: a server that says so before its disk has it forgets it now.
        case killAfterCommit
        case kill
    }

    /// Stops and kills the server, and waits each time until persistence writes again.
    private static func strike(
        _ server: PostgresServer,
        _ installation: StoreInstallation,
        _ ledger: SharedTalkLedger,
        _ dose: StoreDose,
        _ random: inout SeededRandom
    ) async throws {
        var blows = [Blow](repeating: .stop, count: dose.stops)
        for number in 0..<dose.serverKills {
            blows.append(number % 2 == 0 ? .killAfterCommit : .kill)
        }
        for blow in blows.shuffled(using: &random) {
            try await talkGoesOn(ledger)
            switch blow {
            case .stop:
                await server.stop()
                try await Task.sleep(for: .seconds(dose.stopSeconds))
            case .killAfterCommit:
                try await waitForCommit(installation)
                await server.kill()
            case .kill:
                try await Task.sleep(for: .milliseconds(Int.random(in: 0..<1000, using: &random)))
                await server.kill()
            }
            try await talkGoesOn(ledger)
            try await server.start()
            try await waitForCommit(installation)
        }
    }

    private static func waitForCommit(_ installation: StoreInstallation) async throws {
        let reader = try installation.location.openReader()
        let before = try reader.recordsRead()
        try await wait(
            for: "persistence to write",
            within: .seconds(120),
            every: .milliseconds(1)
        ) {
            try reader.recordsRead() > before
        }
    }

    /// Something is acknowledged, and something is delivered, that was not before.
    private static func talkGoesOn(_ ledger: SharedTalkLedger) async throws {
        let before = ledger.write { ($0.settledCount, $0.receivedCount) }
        try await wait(for: "messages to be acknowledged and delivered") {
            let now = ledger.write { ($0.settledCount, $0.receivedCount) }
            return now.0 > before.0 + 20 && now.1 > before.1 + 20
        }
    }

    /// Starts persistence while its store is away: it waits, and is there when the store is.
    private static func startWithoutServer(
        _ server: PostgresServer,
        _ harness: PipelineHarness
    ) async throws {
        await harness.kill("persistence", restarts: false)
        await server.stop()
        try await harness.launch("persistence")
        let process = await harness.identifier(of: "persistence")
        try await wait(for: "persistence to wait for its store") {
            harness.log(of: "persistence").contains("waiting for the store")
        }
        try await server.start()
        try await harness.waitUntilReady("persistence")
        guard await harness.identifier(of: "persistence") == process else {
            throw HarnessError("persistence has ended for want of its store")
        }
    }
}
