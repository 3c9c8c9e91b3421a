import Events
import Foundation
import Postgres

/// The hot store in a schema of a PostgreSQL database.
///
/// One connection writes, and holds the lock that says so; some others read. `synchronous_commit = on`, whatever the server's default: whoever writes goes
/// on from what he has written, so a crash of the server must not take it back.
///
/// `@unchecked Sendable`: `writer` is touched under `lock` alone.
public final class PostgresHotStore: SQLHotStore, @unchecked Sendable {
    /// What the writing connection is, and what is known through it.
    private struct Writer {
        var connection: PostgresConnection?
        var months = EventMonths()
        /// Nobody knows whether the last batch was written.
        var isUncertain = false
        /// What was surely written.
        var positions: [TopicPartition: Offset] = [:]
    }

    /// Where it is.
    public let place: PostgresPlace
    private let reader: PostgresStoreReader
    private let lock = NSLock()
    private var writer: Writer

    /// Opens the store at a place for writing, making or migrating it as needed.
    ///
    /// - Throws: `StoreError` with code `inUse` if another process writes it, `tooNew`, `unavailable`, `database`.
    public init(_ place: PostgresPlace) throws(StoreError) {
        self.place = place
        writer = Writer(connection: try Self.connect(place))
        reader = try PostgresStoreReader(place)
    }

    private static func connect(_ place: PostgresPlace) throws(StoreError) -> PostgresConnection {
        try StoreError.wrappingPostgres {
            let connection = try PostgresConnection(place.url)
            do {
                guard try connection.tryLock(place.lockKey) else {
                    throw StoreError(.inUse, "another process writes \(place)")
                }
                try connection.execute(
                    "SET synchronous_commit = on; SET client_min_messages = warning"
                )
                try PostgresMigrations(connection, place).run()
                return connection
            } catch {
                connection.close()
                throw error
            }
        }
    }

    /// Lends the connection that writes; a lost one is replaced.
    private func withWriter<Value>(
        _ body: (PostgresConnection, inout Writer) throws -> Value
    ) throws -> Value {
        lock.lock()
        defer { lock.unlock() }
        return try StoreError.wrappingPostgres {
            let connection = try connection()
            do {
                return try body(connection, &writer)
            } catch let error as PostgresError where error.code == .commitUnknown {
                writer.isUncertain = true
                throw error
            }
        }
    }

    private func connection() throws -> PostgresConnection {
        if let connection = writer.connection, connection.isOpen { return connection }
        writer.connection?.close()
        writer.connection = nil
        let connection = try Self.connect(place)
        try checkNothingIsLost(connection)
        writer.connection = connection
        // A swap may have put another schema in this one's place.
        writer.months = EventMonths()
        return connection
    }

    /// A server that was put back to an earlier state must be read for from there: whoever writes has to begin anew.
    private func checkNothingIsLost(_ connection: PostgresConnection) throws {
        guard !writer.positions.isEmpty else { return }
        let stored = try connection.transaction(.readSnapshot) {
            try CheckpointQueries(database: StoreConnection(connection)).positions()
        }
        let isLost = writer.positions.contains { partition, position in
            (stored[partition] ?? Offset(0)) < position
        }
        guard isLost else { return }
        connection.close()
        throw StoreError(.database, "the database has lost what was committed to it")
    }

    /// Runs `body` in a transaction of the connection that writes.
    public func write<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value {
        try withWriter { connection, _ in
            try connection.transaction(.write) { try body(StoreConnection(connection)) }
        }
    }

    /// Writes a batch, with the positions and filters it brings, in one transaction.
    @discardableResult
    public func apply(_ batch: StoreBatch) throws -> StoreWriteReport {
        try withWriter { connection, state in
            for statement in state.months.missing(for: batch.events) {
                try connection.execute(statement)
            }
            let isUncertain = state.isUncertain
            let report = try connection.transaction(.write) {
                let writer = StoreWriter(database: StoreConnection(connection))
                if isUncertain, try writer.hasWritten(batch) { return StoreWriteReport() }
                return try writer.write(batch)
            }
            state.isUncertain = false
            state.positions.merge(batch.positions) { $1 }
            return report
        }
    }

    /// Runs `body` in a transaction that sees one state of the store.
    public func read<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value {
        try reader.read(body)
    }

    /// The store as it is now, unmoved by later batches.
    public func snapshot() throws -> any HotStoreReader { try reader.snapshot() }

    /// Lets go of the store.
    public func close() {
        lock.withLock { writer.connection?.close() }
    }
}
