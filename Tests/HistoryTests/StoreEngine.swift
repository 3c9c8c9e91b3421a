import ServerSupport
import Stores
import Testing

/// Which engine the store of a test's world has.
enum StoreEngine: Sendable {
    case sqlite
    /// A server, on which every world gets a schema of its own.
    case postgres(url: String)

    @TaskLocal static var current = StoreEngine.sqlite

    /// Where a new store is.
    func location(in folder: String) throws -> StoreLocation {
        switch self {
        case .sqlite: return .standard(inDataDirectory: folder)
        case .postgres(let url):
            let schema = "h_\(UInt64.random(in: .min ... .max))"
            return try StoreLocation("\(url)?schema=\(schema)", relativeTo: folder)
        }
    }

    /// The setting that leads to a store; `nil`: none is needed.
    func url(of location: StoreLocation) -> String? {
        guard case .postgres(let url) = self, case .postgres(let place) = location else {
            return nil
        }
        return "\(url)?schema=\(place.schema)"
    }
}

/// Runs the tests of a suite once over a SQLite file and once over PostgreSQL, without which they fail.
struct EveryEngine: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await function()
        let engine = StoreEngine.postgres(url: try await PostgresServer.shared().url)
        try await StoreEngine.$current.withValue(engine) { try await function() }
    }
}

extension Trait where Self == EveryEngine {
    /// Runs the tests once for each engine.
    static var onEveryEngine: EveryEngine { EveryEngine() }
}
