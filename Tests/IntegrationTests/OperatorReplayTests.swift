import Events
import Foundation
import ServiceKit
import Stores
import SwiftProtobuf
import Synchronization
import TestKit
import Testing

/// `martlet replay` beside an installation that goes on.
@Suite(.serialized) struct OperatorReplayTests {
    @Test(arguments: OperatorEngine.allCases)
    func aStoreThatIsBuiltWhileMessagesFlowTakesThePlaceOfASpoiltOne(
        _ engine: OperatorEngine
    ) async throws {
        try await OperatorInstallation.run(engine) { installation in
            let talk = try await OperatorTalk(installation.harness)
            let next = installation.place("next")
            try await talk.during {
                try await installation.replay(into: next)
                try await wait(for: "messages to go on", every: .milliseconds(200)) {
                    let proof = try await installation.verify(next)
                    try #require(proof.equal, "\(proof.differences)")
                    return proof.recordsBehind > 0
                }
                try await swap(installation, talk, next)
            }
            await talk.stop()
            let proof = try await installation.verifyAll()
            #expect(proof.equal, "\(proof.differences)")
        }
    }

    @Test(arguments: OperatorEngine.allCases)
    func aReplayUntilAPlaceGivesTheStoreAsItWasThereAndCanGoOn(
        _ engine: OperatorEngine
    ) async throws {
        try await OperatorInstallation.run(engine) { installation in
            let talk = try await OperatorTalk(installation.harness)
            try await talk.turn()
            let early = 1 + OperatorTalk.eventsPerTurn
            let moment = try await moment(after: early, installation)
            try await talk.turn()
            _ = try await installation.harness.register(phone: "+15551230003")
            _ = try await timeline(of: early + OperatorTalk.eventsPerTurn, installation)

            let past = installation.place("past")
            try await installation.replay(into: past, until: iso8601(moment))
            let before = try await installation.records(of: .timeline)
                .filter { $0.timestamp < moment.milliseconds }
            #expect(before.count == early)
            let store = try installation.location(past).openReader()
            #expect(try events(in: store) == before.map(\.event).sorted())
            #expect(try store.rows(of: .accounts, after: nil, limit: 10).count == 2)
            let proof = try await installation.verify(past)
            #expect(proof.equal && proof.recordsBehind > 0, "\(proof)")

            try await untilAnOffset(installation)
            await talk.stop()
            try await goOn(installation, past)
        }
    }

    @Test func replaysThatWereKilledGiveTheSameStoreInSQLiteAndPostgreSQL() async throws {
        let seed = SeededRandom.seed(ProcessInfo.processInfo.environment["MARTLET_FAULT_SEED"])
        let services: [ServiceName] = [.broker, .persistence]
        try await OperatorInstallation.run(services: services) { installation in
            try await fill(installation, seed: seed)
            let other = try #require(
                try await OperatorEngine.postgres.settings()["MARTLET_STORE_URL"]
            )
            let live = try await installation.verifyAll()
            #expect(live.equal, "seed \(seed): \(live.differences)")
            for place in [installation.place("killed"), "\(other)?schema=killed"] {
                let killedAfter = try await killReplay(into: place, installation)
                #expect((1..<live.records).contains(killedAfter), "\(place): \(killedAfter)")
                try await goOnWhenLetGoOf(place, installation)
                let proof = try await installation.verify(place)
                #expect(proof.equal, "seed \(seed): \(proof.differences)")
                #expect(proof.recordsBehind == 0)
                #expect(proof.contents == live.contents, "seed \(seed): \(place)")
            }
        }
    }

    // MARK: Swapping

    /// A replay that is to put its store in place, and what it has said so far.
    private struct Swapping {
        let process: ChildProcess
        private let said: Said

        private final class Said: Sendable {
            let lines = Mutex<[String]>([])
        }

        init(_ installation: OperatorInstallation, _ command: [String]) throws {
            let said = Said()
            self.said = said
            process = try ChildProcess(
                executable: PipelineHarness.executableFolder() + "/martlet",
                arguments: installation.arguments(command),
                environment: ProcessInfo.processInfo.environment
                    .filter { !$0.key.hasPrefix("MARTLET_") }
                    .merging(installation.settings) { $1 },
                output: .lines { line in said.lines.withLock { $0.append(line) } }
            )
        }

        var lines: [String] { said.lines.withLock { $0 } }

        var isWaiting: Bool { lines.contains { $0.contains("let go of") } }
    }

    /// Spoils the store that is served, and puts another in its place.
    private func swap(
        _ installation: OperatorInstallation,
        _ talk: OperatorTalk,
        _ next: String
    ) async throws {
        let harness = installation.harness
        // Persistence writes twice a second: there must be something to spoil.
        try await wait(for: "the opening") { try await talk.texts().first == talk.opening }
        try forge(installation, talk, harness.needle + " forged")
        try await wait(for: "the forgery") {
            try await talk.texts().first == harness.needle + " forged"
        }
        let replay = ["replay", "--into", next, "--swap"]
        let refused = try await installation.martlet(replay + ["--wait", "0"])
        #expect(refused.status == 1, "\(refused)")
        #expect(refused.errors.contains("stop it"), "\(refused)")
        #expect(try await talk.texts().first == harness.needle + " forged")

        let swapping = try Swapping(installation, replay)
        try await wait(for: "it to wait for persistence") { swapping.isWaiting }
        // What is to be put in place is nobody else's meanwhile.
        if case .sqlite = try installation.location(next) {
            let second = try await installation.martlet(replay + ["--wait", "0"])
            #expect(second.status == 1, "\(second)")
            #expect(second.errors.contains("another process writes"), "\(second)")
        }
        #expect(await harness.stop("persistence") == .exited(0))
        #expect(await swapping.process.waitForExit() == .exited(0), "\(swapping.lines)")
        #expect(try installation.location(next).occupant() == .nothing)
        // Nobody writes the store now: what is told is in the one that was built.
        try await wait(for: "the right text") {
            try await talk.texts().first == talk.opening
        }
        let count = try await talk.texts().count
        try await harness.start("persistence")
        try await wait(for: "the store to go on") { try await talk.texts().count > count }
    }

    /// Makes the first message say something else.
    private func forge(
        _ installation: OperatorInstallation,
        _ talk: OperatorTalk,
        _ text: String
    ) throws {
        let content: [UInt8] = try PBContent.with { $0.text = .with { $0.text = text } }
            .serializedBytes()
        let store = try installation.store
        let conversation = talk.ada.conversation(with: talk.bob)
        try store.change(
            "UPDATE events SET content = \(store.literal(content)) "
                + "WHERE conversation = \(store.literal(conversation.bytes)) AND seq = 1"
        )
    }

    // MARK: Until a place

    /// Waits until the timeline has so many events.
    private func timeline(
        of count: Int,
        _ installation: OperatorInstallation
    ) async throws -> [OperatorRecord] {
        var records: [OperatorRecord] = []
        try await wait(for: "the timeline to have \(count) events") {
            records = try await installation.records(of: .timeline)
            return records.count >= count
        }
        return records
    }

    /// A moment that lies after so many events of the timeline, and has passed.
    private func moment(
        after count: Int,
        _ installation: OperatorInstallation
    ) async throws -> Timestamp {
        let records = try await timeline(of: count, installation)
        let clock = SystemClock()
        let moment = clock.now() + .milliseconds(1)
        #expect(records.count == count)
        #expect(records.allSatisfy { $0.timestamp < moment.milliseconds })
        try await wait(for: "the moment to pass") { clock.now() > moment }
        return moment
    }

    private func untilAnOffset(_ installation: OperatorInstallation) async throws {
        let early = installation.place("early")
        try await installation.replay(into: early, until: "2")
        let store = try installation.location(early).openReader()
        let before = try await installation.records(of: .timeline).filter { $0.offset < 2 }
        #expect(!before.isEmpty)
        #expect(try events(in: store) == before.map(\.event).sorted())
        #expect(try store.positions().values.allSatisfy { $0 <= Offset(2) })
        let back = try await installation.martlet(["replay", "--into", early, "--until", "1"])
        #expect(back.status == 1, "\(back)")
        #expect(back.errors.contains("beyond --until"), "\(back)")
        #expect(try await installation.verify(early).equal)
    }

    /// Brings the store to where the served one is, and compares them.
    private func goOn(_ installation: OperatorInstallation, _ store: String) async throws {
        var proofs: [OperatorProof] = []
        // The last marks may still be on their way.
        try await wait(for: "the log to rest") {
            try await installation.replay(into: store)
            proofs = [try await installation.verifyAll(), try await installation.verify(store)]
            return proofs[0].records == proofs[1].records
        }
        #expect(proofs.allSatisfy { $0.equal }, "\(proofs.map(\.differences))")
        #expect(proofs[0].contents == proofs[1].contents)
    }

    /// The events that a store has, by conversation and seq.
    private func events(in store: any HotStoreReader) throws -> [String] {
        try store.rows(of: .events, after: nil, limit: 1000).map { row in
            guard case .bytes(let conversation) = row.values[0],
                case .integer(let seq) = row.values[1]
            else { throw HarnessError("an event without a place") }
            return "\(ConversationID(bytes: conversation)?.description ?? "?") \(seq)"
        }.sorted()
    }

    private func iso8601(_ moment: Timestamp) -> String {
        let date = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000)
        return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    // MARK: Killing

    private func fill(_ installation: OperatorInstallation, seed: UInt64) async throws {
        let fill = try await installation.martlet([
            "bench", "fill", "--quiet", "--receipts", "--messages", "20000", "--seed", "\(seed)",
        ])
        guard fill.status == 0 else { throw HarnessError("\(fill)") }
    }

    /// Kills a replay when its store has something; how many records it had read then.
    private func killReplay(
        into place: String,
        _ installation: OperatorInstallation
    ) async throws -> Int64 {
        let store = try installation.location(place)
        func records() -> Int64 {
            let positions = try? store.openReader(readersMax: 1).positions()
            return positions?.values.reduce(0) { $0 + $1.number } ?? 0
        }
        let replay = try ChildProcess(
            executable: PipelineHarness.executableFolder() + "/martlet",
            arguments: installation.arguments(["replay", "--into", place]),
            environment: ProcessInfo.processInfo.environment
                .filter { !$0.key.hasPrefix("MARTLET_") },
            output: .file(installation.harness.logs + "/replay.log")
        )
        try await wait(for: "the replay to get on", every: .milliseconds(2)) {
            records() > 0 || replay.exit != nil
        }
        replay.send(signal: SIGKILL)
        #expect(await replay.waitForExit() == .signalled(SIGKILL))
        return records()
    }

    /// Goes on with a killed replay; a server takes a while to notice that whoever wrote there is gone.
    private func goOnWhenLetGoOf(
        _ place: String,
        _ installation: OperatorInstallation
    ) async throws {
        try await wait(for: "the store to be let go of", every: .milliseconds(200)) {
            let replay = try await installation.martlet(["replay", "--into", place, "--json"])
            if replay.status == 1, replay.errors.contains("another process writes") {
                return false
            }
            guard replay.status == 0, replay.output.contains(#""complete":true"#) else {
                throw HarnessError("\(replay)")
            }
            #expect(!replay.output.contains(#""records_before":0,"#), "\(replay)")
            return true
        }
    }
}
