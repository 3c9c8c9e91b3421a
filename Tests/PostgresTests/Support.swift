import Foundation
import Postgres
import ServerSupport
import Testing

/// A connection to a fresh database of the shared server.
func freshConnection() async throws -> PostgresConnection {
    let server = try await PostgresServer.shared()
    return try PostgresConnection(PostgresURL(try await server.createDatabase()))
}

/// Runs what blocks on a thread of its own.
func onThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result(catching: body)) }.start()
    }
}

/// The PostgreSQL error that `body` throws.
func failure(
    _ body: () throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> PostgresError {
    do {
        try body()
    } catch {
        return try #require(error as? PostgresError, sourceLocation: sourceLocation)
    }
    throw ServerError("no error")
}

extension PostgresConnection {
    /// The number in the first cell of a query's result.
    func number(_ sql: String) throws -> Int64? { try statement(sql).rows().int64(0, 0) }

    /// The numbers in the first column.
    func numbers(_ sql: String) throws -> [Int64] {
        let rows = try statement(sql).rows()
        return (0..<rows.count).compactMap { rows.int64($0, 0) }
    }
}

/// Tries again and again until it works; the suite's time limit ends it.
func eventually<Value>(_ body: () async throws -> Value?) async throws -> Value {
    while true {
        if let value = try await body() { return value }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// URLs of fresh databases.
enum PostgresServerURL {
    /// The URL of a fresh database of the shared server, for those who connect to it more than once.
    static func fresh() async throws -> PostgresURL {
        try PostgresURL(try await PostgresServer.shared().createDatabase())
    }
}
