import GRDB
import Postgres
import ServerSupport
import Stores
import TestKit

/// What a hot store can be in.
enum StoreEngine: String, CaseIterable, Sendable {
    case sqlite
    case postgres

    /// The settings of an installation whose store is a fresh one, as its services and tools find them in their environment.
    func settings() async throws -> [String: String] {
        switch self {
        case .sqlite: [:]
        case .postgres:
            ["MARTLET_STORE_URL": try await PostgresServer.shared().createDatabase()]
        }
    }
}

extension StoreLocation {
    /// Changes rows by hand, past everything that knows what they mean.
    func execute(_ statement: String) throws {
        switch self {
        case .sqlite(let path):
            try DatabaseQueue(path: path).write { try $0.execute(sql: statement) }
        case .postgres(let place):
            let connection = try PostgresConnection(place.url)
            defer { connection.close() }
            try connection.execute(statement)
        }
    }
}
