import Foundation
import GRDB
import Postgres
import ServerSupport
import Stores

/// What an installation's hot store can be in.
enum OperatorEngine: String, CaseIterable, Sendable {
    case sqlite
    case postgres

    /// What the services and tools of an installation find in their environment whose store is a fresh one.
    func settings() async throws -> [String: String] {
        guard self == .postgres else { return [:] }
        return ["MARTLET_STORE_URL": try await PostgresServer.shared().createDatabase()]
    }
}

extension StoreLocation {
    /// Changes rows by hand, as somebody does who has the database and no idea what it is for.
    func change(_ statement: String) throws {
        switch self {
        case .sqlite(let path):
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.write { try $0.execute(sql: statement) }
            try queue.close()
        case .postgres(let place):
            let connection = try PostgresConnection(place.url)
            defer { connection.close() }
            try connection.execute(statement)
        }
    }

    /// How bytes are written in a statement.
    func literal(_ bytes: [UInt8]) -> String {
        let digits = bytes.map { String(format: "%02x", $0) }.joined()
        guard case .postgres = self else { return "x'\(digits)'" }
        return "'\\x\(digits)'::bytea"
    }
}
