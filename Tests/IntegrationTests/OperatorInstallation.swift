import Events
import Foundation
import ServiceKit
import Stores
import TestKit

/// An installation as its operator has it: services and tools with the same settings.
struct OperatorInstallation: Sendable {
    let harness: PipelineHarness
    let settings: [String: String]

    /// Starts one whose store is in this engine, hands it to `body`, and stops it.
    static func run(
        _ engine: OperatorEngine = .sqlite,
        services: [ServiceName] = ServiceName.allCases,
        _ body: @Sendable (OperatorInstallation) async throws -> Void
    ) async throws {
        let settings = try await engine.settings()
        var options = PipelineHarness.Options()
        options.services = services
        for service in [ServiceName.persistence, .history] {
            options.environment[service.rawValue] = settings
        }
        try await PipelineHarness.run(options) { harness in
            try await body(OperatorInstallation(harness: harness, settings: settings))
        }
    }

    // MARK: Stores

    /// The store that is served.
    var store: StoreLocation {
        get throws {
            guard let url = settings["MARTLET_STORE_URL"] else {
                return .standard(inDataDirectory: harness.data)
            }
            return try StoreLocation(url, relativeTo: harness.data)
        }
    }

    /// How to name another store, of the same engine.
    func place(_ name: String) -> String {
        guard let url = settings["MARTLET_STORE_URL"] else {
            return "\(harness.data)/\(name).sqlite"
        }
        return "\(url)?schema=\(name)"
    }

    /// A store by its name.
    func location(_ place: String) throws -> StoreLocation {
        try StoreLocation(place, relativeTo: harness.data)
    }

    // MARK: Tools

    /// What all tools that look at an installation are told.
    func arguments(_ command: [String]) -> [String] {
        command + ["--data", harness.data, "--brokers", harness.brokers]
    }

    /// Runs one of them.
    func martlet(_ command: [String]) async throws -> Tool {
        try await Tool.run(
            "martlet",
            arguments(command),
            environment: settings,
            patience: .seconds(600)
        )
    }

    /// Builds a store from the log, or goes on with it, as far as is said.
    func replay(into store: String, until place: String? = nil) async throws {
        let replay = try await martlet(
            ["replay", "--into", store] + (place.map { ["--until", $0] } ?? [])
        )
        guard replay.status == 0 else { throw HarnessError("\(replay)") }
    }

    /// Holds a store against the log, by default the one that is served.
    ///
    /// - Throws: `HarnessError` if it could not be found out whether they are equal.
    func verify(_ store: String? = nil) async throws -> OperatorProof {
        let verify = try await martlet(
            ["verify", "--json"] + (store.map { ["--store", $0] } ?? [])
        )
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let proof = try? decoder.decode(OperatorProof.self, from: Data(verify.output.utf8))
        guard let proof, verify.status == (proof.equal ? 0 : 1) else {
            throw HarnessError("\(verify)")
        }
        return proof
    }

    /// Waits until the store that is served has all of the log, and holds it against it.
    func verifyAll() async throws -> OperatorProof {
        var last: OperatorProof?
        try await wait(for: "the store to have all of the log", within: .seconds(300)) {
            let proof = try await verify()
            last = proof
            return proof.recordsBehind == 0
        }
        guard let last else { throw HarnessError("nothing was proved") }
        return last
    }

    /// What a topic holds, as `log-tail` shows it.
    func records(of topic: Topic) async throws -> [OperatorRecord] {
        let tail = try await Tool.run(
            "log-tail",
            [
                topic.name, "--from", "beginning", "--until", "end", "--json", "--brokers",
                harness.brokers,
            ]
        )
        guard tail.status == 0 else { throw HarnessError("\(tail)") }
        return try Self.records(tail)
    }

    /// What the dead letters are.
    func letters() async throws -> [OperatorRecord] {
        let list = try await Tool.run(
            "martlet",
            ["dead-letters", "list", "--json", "--brokers", harness.brokers]
        )
        guard list.status == 0 else { throw HarnessError("\(list)") }
        return try Self.records(list)
    }

    private static func records(_ tool: Tool) throws -> [OperatorRecord] {
        try tool.output.split(separator: "\n").map {
            try JSONDecoder().decode(OperatorRecord.self, from: Data($0.utf8))
        }
    }
}
