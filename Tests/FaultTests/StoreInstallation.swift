import Events
import Foundation
import ServiceKit
import Stores
import TestKit

/// An installation as its operator has it: services and tools with the same settings.
struct StoreInstallation: Sendable {
    /// What `martlet verify --json` says.
    struct Proof: Decodable, Sendable {
        struct Table: Decodable, Sendable {
            let table: String
            let equal: Bool
            let rows: Int
            let sha256: String
            let firstDifference: String?
        }

        let equal: Bool
        let records: Int
        let recordsBehind: Int
        let tables: [Table]

        /// Table by table, what is in it.
        var digests: [String: String] {
            Dictionary(tables.map { ($0.table, $0.sha256) }) { $1 }
        }

        /// The tables that differ from the log, each with the first row that does.
        var differences: [String: String] {
            Dictionary(
                tables.filter { !$0.equal }.map { ($0.table, $0.firstDifference ?? "") }
            ) { $1 }
        }
    }

    let harness: PipelineHarness
    let settings: [String: String]

    /// How to start one whose services have these settings.
    static func options(_ settings: [String: String]) -> PipelineHarness.Options {
        var options = PipelineHarness.Options()
        for service in [ServiceName.persistence, .history] {
            options.environment[service.rawValue] = settings
        }
        options.logLevel = "notice"
        return options
    }

    /// The store that is served.
    var location: StoreLocation {
        get throws {
            guard let url = settings["MARTLET_STORE_URL"] else {
                return .standard(inDataDirectory: harness.data)
            }
            return try StoreLocation(url, relativeTo: harness.data)
        }
    }

    /// Where another store of the same engine can be made.
    func place(_ name: String) -> String {
        guard let url = settings["MARTLET_STORE_URL"] else {
            return "\(harness.data)/\(name).sqlite"
        }
        return "\(url)?schema=\(name)"
    }

    // MARK: Tools

    /// What is common to the tools' command lines.
    func arguments(_ command: [String]) -> [String] {
        command + ["--data", harness.data, "--brokers", harness.brokers]
    }

    /// Compares a store with the log, by default the one that is served.
    ///
    /// - Throws: `HarnessError` if it can't be found out whether they are equal.
    func verify(_ store: String? = nil) async throws -> Proof {
        let verify = try await Tool.run(
            "martlet",
            arguments(["verify", "--json"] + (store.map { ["--store", $0] } ?? [])),
            environment: settings,
            patience: .seconds(900)
        )
        guard [0, 1].contains(verify.status) else { throw HarnessError("\(verify)") }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let proof = try decoder.decode(Proof.self, from: Data(verify.output.utf8))
        guard proof.equal == (verify.status == 0) else { throw HarnessError("\(verify)") }
        return proof
    }

    /// Waits until the store that is served has all of the log, and compares them.
    ///
    /// - Throws: `HarnessError` if they differ.
    func verifyWhole() async throws -> Proof {
        var last: Proof?
        try await wait(
            for: "the store to have all of the log",
            within: .seconds(300),
            every: .milliseconds(200)
        ) {
            let proof = try await verify()
            last = proof
            return proof.recordsBehind == 0
        }
        guard let last, last.equal else {
            throw HarnessError("the store is not the log: \(last?.differences ?? [:])")
        }
        return last
    }

    /// Builds a store from the log, or goes on with it.
    ///
    /// A server takes a while to notice that whoever wrote there was killed.
    func replay(into store: String) async throws {
        try await wait(for: "the store to be let go of", every: .milliseconds(200)) {
            let replay = try await Tool.run(
                "martlet",
                arguments(["replay", "--into", store]),
                environment: settings,
                patience: .seconds(900)
            )
            guard replay.status != 0 else { return true }
            guard replay.errors.contains("another process writes") else {
                throw HarnessError("\(replay)")
            }
            return false
        }
    }

    /// Holds a store that was made from the log alone against the one that is served.
    ///
    /// - Throws: `HarnessError` if one of them is not the log, or they are not the same.
    func compare(replayed store: String) async throws {
        let live = try await verifyWhole()
        let replayed = try await verify(store)
        guard replayed.equal else {
            throw HarnessError("the replayed store is not the log: \(replayed.differences)")
        }
        guard live.records == replayed.records, live.digests == replayed.digests else {
            throw HarnessError(
                "the replayed store is another: \(replayed.records) records, \(replayed.digests); "
                    + "the served one: \(live.records) records, \(live.digests)"
            )
        }
    }
}

extension HotStoreReader {
    /// How many records it has read.
    func recordsRead() throws -> Int64 {
        try positions().values.reduce(0) { $0 + $1.number }
    }
}
