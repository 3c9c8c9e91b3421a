import Events
import Foundation
import ServerSupport
import Testing

@testable import Stores

/// Which engine the stores of a test have.
enum StoreEngine: Sendable {
    case sqlite
    /// A database, in which every store gets a schema of its own.
    case postgres(url: String)

    @TaskLocal static var current = StoreEngine.sqlite
}

/// Runs the tests of a suite once for each engine: the contract of a hot store.
///
/// Nothing is skipped: without a PostgreSQL server the tests fail.
struct EveryStore: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await StoreEngine.$current.withValue(.sqlite) { try await function() }
        let server = try await PostgresServer.shared()
        let engine = StoreEngine.postgres(url: server.url)
        try await StoreEngine.$current.withValue(engine) { try await function() }
    }
}

extension Trait where Self == EveryStore {
    /// Runs the tests once for each engine.
    static var onEveryStore: EveryStore { EveryStore() }
}

extension TemporaryFolder {
    /// A new store of the engine that the test is for.
    func store(_ name: String, for purpose: StorePurpose = .serving) throws -> any HotStore {
        switch StoreEngine.current {
        case .sqlite: return try SQLiteHotStore(path: file(name + ".sqlite"), for: purpose)
        case .postgres(let url):
            let number = UInt64.random(in: .min ... .max)
            return try PostgresHotStore(PostgresPlace(url + "?schema=t_\(number)"))
        }
    }
}

extension HotStore {
    /// The first number that a query gives.
    func asked(_ sql: String) throws -> Int64? {
        guard let tables = self as? any SQLStoreReader else { return nil }
        return try tables.read { try BoundStatement($0, sql).first { $0.integer(0) } }
    }

    /// A reader as another process would open it.
    func reopened() throws -> any HotStoreReader {
        switch self {
        case let store as SQLiteHotStore: try SQLiteStoreReader(path: store.path)
        case let store as PostgresHotStore: try PostgresStoreReader(store.place)
        default: self
        }
    }
}
