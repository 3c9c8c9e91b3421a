import Delivery
import Foundation
import Gateway
import History
import MartletClient
import TestKit
import Testing

/// docs/AUTHORISATION.md against the services: every call and every frame, by everybody.
@Suite(.serialized) struct AuthorisationTests {
    private typealias Key = AuthorisationTable.Key

    private static func table() throws -> AuthorisationTable {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        let page = folder.path + "/docs/AUTHORISATION.md"
        return try AuthorisationTable(page: String(contentsOfFile: page, encoding: .utf8))
    }

    @Test func everyCallAndEveryFrameHasARowAndEveryRowACall() throws {
        let rows = Set(try Self.table().rows.keys)
        let served =
            GatewayCall.all.map { "\($0.method) \($0.path)" }
            + HistoryRoutes.table.map { "\($0.method) \($0.path)" }
            + FrameType.allCases.map(\.rawValue)
        // What stands for something in a path may have another name here than there.
        func plain(_ call: String) -> String { call.replacing(/\{[a-z]+\}/, with: "{}") }
        #expect(Set(served.map(plain)) == Set(rows.map { plain($0.call) }))
        let calls = Set(AuthorisationCalls.gateway.keys).union(AuthorisationCalls.history.keys)
        #expect(rows.filter { $0.call.contains(" ") } == calls)
    }

    @Test func everyFrameByEverybodyDoesWhatTheTableSays() async throws {
        let table = try Self.table()
        let found = try await PipelineHarness.run { harness in
            var frames = try await AuthorisationFrames(AuthorisationCast(harness))
            try await frames.run()
            return frames.found
        }
        #expect(Set(found.keys) == Set(table.rows.keys.filter { !$0.call.contains(" ") }))
        Self.compare(found, table)
    }

    @Test func everyCallByEverybodyIsAnsweredAsTheTableSays() async throws {
        let table = try Self.table()
        let found = try await PipelineHarness.run { harness in
            let cast = try await AuthorisationCast(harness)
            let found = try await Self.changes(cast).merging(Self.reads(cast)) { $1 }
            await cast.stop()
            return found
        }
        Self.compare(found, table)
    }

    private static func compare(_ found: [Key: [Asker: String]], _ table: AuthorisationTable) {
        for (key, cells) in found.sorted(by: { $0.key < $1.key }) {
            let expected = table.rows[key] ?? [:]
            for asker in Asker.allCases {
                #expect(cells[asker] == expected[asker], "\(key), \(asker.rawValue)")
            }
        }
    }

    /// Calls that change something, each about a group of its own.
    private static func changes(
        _ cast: AuthorisationCast
    ) async throws -> [Key: [Asker: String]] {
        let cells = AuthorisationCalls.gateway.keys.sorted().flatMap { key in
            Asker.allCases.map { (key, $0) }
        }
        return try await withThrowingTaskGroup(of: (Key, Asker, String).self) { group in
            var found: [Key: [Asker: String]] = [:]
            for (number, (key, asker)) in cells.enumerated() {
                if number >= 6, let (key, asker, outcome) = try await group.next() {
                    found[key, default: [:]][asker] = outcome
                }
                guard let make = AuthorisationCalls.gateway[key] else { continue }
                group.addTask {
                    let scene = AuthorisationCalls.Scene(
                        cast: cast,
                        asker: asker,
                        group: try await AuthorisationGroup(cast, for: asker),
                        number: number
                    )
                    return (key, asker, try await outcome(of: make(scene), scene))
                }
            }
            for try await (key, asker, outcome) in group {
                found[key, default: [:]][asker] = outcome
            }
            return found
        }
    }

    /// Calls that only look: all at one group, when the store has it.
    private static func reads(
        _ cast: AuthorisationCast
    ) async throws -> [Key: [Asker: String]] {
        let group = try await AuthorisationGroup(cast, for: .owner)
        let newest = Call("GET", group.path + "/events?limit=1", token: cast.holder(.owner).token)
        try await wait(for: "the store") {
            let answer = try await newest.send(to: cast.history)
            return String(decoding: answer.body, as: UTF8.self).contains(group.last)
        }
        var found: [Key: [Asker: String]] = [:]
        for (key, make) in AuthorisationCalls.history {
            for asker in Asker.allCases {
                let scene = AuthorisationCalls.Scene(
                    cast: cast,
                    asker: asker,
                    group: group,
                    number: 0
                )
                found[key, default: [:]][asker] = try await outcome(
                    of: make(scene),
                    scene,
                    server: cast.history
                )
            }
        }
        return found
    }

    /// What comes of a call: a status, the code of a refusal, or what the router said.
    private static func outcome(
        of call: Call,
        _ scene: AuthorisationCalls.Scene,
        server: String? = nil
    ) async throws -> String {
        var call = call
        let person = scene.cast[scene.asker]
        if let person { call.headers.append(("Authorization", "Bearer \(person.token)")) }
        let answer = try await call.send(to: server ?? scene.cast.harness.server)
        guard (200..<300).contains(answer.status) else {
            return answer.problem ?? "\(answer.status)"
        }
        guard let made = AuthorisationCast.Made(answer), let person else {
            return "\(answer.status)"
        }
        return try await person.outcome(of: made.submission)
    }
}
