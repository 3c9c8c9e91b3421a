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
        /// Where the store surely stands.
        var positions: [TopicPartition: Offset]
        var months = EventMonths()
        /// Nobody knows whether the last batch was written.
        var isUncertain = false
        /// Where the last batch leads, written or not.
        var attempt: [TopicPartition: Offset] = [:]
    }

    /// How long making a part of `events` waits for those who read: whoever comes to read later waits behind it.
    ///
    /// Longer than the second after which PostgreSQL ends an autovacuum that is in the way.
    private static let partPatience = "1500ms"

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
        let connection = try Self.connect(place)
        let positions = try StoreError.wrappingPostgres { try Self.positions(connection) }
        writer = Writer(connection: connection, positions: positions)
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
                try connection.watchClient()
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
        try checkIsWhereItWas(connection)
        writer.connection = connection
        // A swap may have put another schema in this one's place.
        writer.months = EventMonths()
        return connection
    }

    private static func positions(
        _ connection: PostgresConnection
    ) throws -> [TopicPartition: Offset] {
        try connection.transaction(.readSnapshot) {
            try CheckpointQueries(database: StoreConnection(connection)).positions()
        }
    }

    /// Whoever writes has to begin anew if the store is elsewhere.
    ///
    /// A server that was put back to an earlier state must be read for from there, and what somebody else wrote while the lock was free must not be written over.
    private func checkIsWhereItWas(_ connection: PostgresConnection) throws {
        let stored = try Self.positions(connection)
        for (partition, position) in writer.positions {
            let found = stored[partition] ?? Offset(0)
            if found == position || found == writer.attempt[partition] { continue }
            connection.close()
            throw StoreError(
                .database,
                found < position
                    ? "the database has lost what was committed to it"
                    : "another process has written the store meanwhile"
            )
        }
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
            for month in state.months.missing(for: batch.events) {
                try makePart(for: month, connection)
                state.months.note(month)
            }
            state.attempt = batch.positions
            let isUncertain = state.isUncertain
            let report = try connection.transaction(.write) {
                let writer = StoreWriter(database: StoreConnection(connection))
                if isUncertain, try writer.hasWritten(batch) { return StoreWriteReport() }
                return try writer.write(batch)
            }
            state.isUncertain = false
            state.positions.merge(batch.positions) { $1 }
            makePartsAhead(connection, &state.months)
            return report
        }
    }

    /// Makes the part of `events` for a month, unless it is there.
    ///
    /// - Throws: `StoreError` with code `unavailable` if somebody reads `events` for too long: the part for all else is no way out, for a month that has begun
    ///   there stays there.
    private func makePart(
        for month: EventMonths.Month,
        _ connection: PostgresConnection
    ) throws {
        do throws(PostgresError) {
            // A script is one transaction, and the limit ends with it.
            try connection.execute(
                "SET LOCAL lock_timeout = '\(Self.partPatience)'; \(month.creation)"
            )
        } catch {
            switch error.sqlState {
            // The part for all else has events of this month already, so it has them all.
            case "23514": return
            case "55P03":
                throw StoreError(
                    .unavailable,
                    "\(month.table) can't be made while somebody reads \(place) for so long"
                )
            default: throw error
            }
        }
    }

    /// Makes the parts for the months to come; if that fails, then another time, for nothing needs them yet.
    private func makePartsAhead(_ connection: PostgresConnection, _ months: inout EventMonths) {
        for month in months.ahead(at: .now) {
            do {
                try makePart(for: month, connection)
                months.note(month)
            } catch {
                return months.rest(from: .now)
            }
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
