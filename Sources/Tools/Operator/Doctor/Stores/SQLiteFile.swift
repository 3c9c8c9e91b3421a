import Foundation
import GRDBSQLite
import Stores

/// Looks at a SQLite file as a file: its pages, and SQLite's own check of them.
enum SQLiteFile {
    /// Faults that are named; after these one knows enough.
    private static let faultsMax: Int32 = 5
    /// SQLite asks so often, in its virtual machine's steps, whether to go on.
    private static let stepsBetween: Int32 = 10_000

    /// Fills in what can be said of the file at `path`.
    static func inspect(
        _ path: String,
        checkTimeMax: Duration,
        _ inspection: inout StoreInspection
    ) throws {
        var handle: OpaquePointer?
        defer { sqlite3_close_v2(handle) }
        guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, nil) == SQLITE_OK else {
            throw StoreError(.database, "it can't be opened")
        }
        sqlite3_busy_timeout(handle, 2000)
        let pageBytes = integer("PRAGMA page_size", handle)
        inspection.bytes = pageBytes * integer("PRAGMA page_count", handle)
        inspection.freeBytes = pageBytes * integer("PRAGMA freelist_count", handle)
        let attributes = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
        inspection.pendingBytes = (attributes?[.size] as? NSNumber)?.int64Value ?? 0
        inspection.schema =
            texts(
                "SELECT identifier FROM grdb_migrations ORDER BY rowid DESC LIMIT 1",
                handle
            ).values.first
        let deadline = Deadline(ContinuousClock.now + checkTimeMax)
        let pointer = Unmanaged.passUnretained(deadline).toOpaque()
        sqlite3_progress_handler(
            handle,
            stepsBetween,
            {
                $0.map { Unmanaged<Deadline>.fromOpaque($0).takeUnretainedValue().isOver } == true
                    ? 1 : 0
            },
            pointer
        )
        let (lines, code) = withExtendedLifetime(deadline) {
            texts("PRAGMA quick_check(\(faultsMax))", handle)
        }
        inspection.isCheckComplete = code != SQLITE_INTERRUPT
        inspection.faults = lines.filter { $0 != "ok" }
        if code != SQLITE_DONE, code != SQLITE_INTERRUPT {
            inspection.faults.append("the check ended with code \(code)")
        }
    }

    /// When a check has to end.
    private final class Deadline {
        private let end: ContinuousClock.Instant

        init(_ end: ContinuousClock.Instant) { self.end = end }

        var isOver: Bool { ContinuousClock.now > end }
    }

    private static func integer(_ sql: String, _ handle: OpaquePointer?) -> Int64 {
        texts(sql, handle).values.first.flatMap { Int64($0) } ?? 0
    }

    /// The first column of every row, and how it ended.
    private static func texts(
        _ sql: String,
        _ handle: OpaquePointer?
    ) -> (values: [String], code: Int32) {
        var statement: OpaquePointer?
        let prepared = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        defer { sqlite3_finalize(statement) }
        guard prepared == SQLITE_OK else { return ([], prepared) }
        var values: [String] = []
        while true {
            let code = sqlite3_step(statement)
            guard code == SQLITE_ROW else { return (values, code) }
            if let text = sqlite3_column_text(statement, 0) { values.append(String(cString: text)) }
        }
    }
}
