import Foundation
import GRDB

extension SQLiteHotStore {
    /// Looks what is at `path`, changing nothing.
    ///
    /// - Throws: `StoreError` with code `tooNew`, or `database` if it can't be read.
    public static func occupant(of path: String) throws(StoreError) -> StoreOccupant {
        var status = stat()
        guard stat(path, &status) == 0 else { return .nothing }
        guard status.st_mode & S_IFMT == S_IFREG else { return .other }
        guard status.st_size > 0 else { return .nothing }
        return try StoreError.wrapping {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            do {
                return try DatabaseQueue(path: path, configuration: configuration).read {
                    try occupant(in: $0)
                }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
                return .other
            }
        }
    }

    private static func occupant(in database: Database) throws -> StoreOccupant {
        try checkIsNotNewer(database)
        let tables = try String.fetchAll(
            database,
            sql: "SELECT name FROM sqlite_schema WHERE type = 'table'"
        )
        // Whoever was killed at the very beginning left a database without tables.
        guard !tables.isEmpty else { return .nothing }
        let isOurs = try migrator.appliedIdentifiers(database).contains(schemaSteps[0].identifier)
        guard isOurs || tables == ["grdb_migrations"] else { return .other }
        return .store
    }

    /// Puts the closed store at `replacement` in the place of the one at `path`, which may be missing or damaged.
    ///
    /// Nobody else may write the replacement meanwhile: keep its lock as well. `lock` is that of `path`; keep it a second or two longer, until readers in other processes have noticed that the
    /// path names another file: a reader that was being opened at this very moment may see the old file with the new one's log, and nothing
    /// goes wrong as long as nobody writes. A crash leaves the old store or the new one, whole.
    ///
    /// Whoever owns the old store, or else the folder, owns the new one: root may have built it for a service that is not.
    ///
    /// - Throws: `StoreError` with code `missing` if there is no replacement, `inUse` if a reader keeps the old store's log open too long,
    ///   `database` if the owner can't be given the new one; then nothing was changed.
    public static func replace(
        _ path: String,
        with replacement: String,
        holding lock: StoreLock
    ) throws(StoreError) {
        try withExtendedLifetime(lock) { () throws(StoreError) in
            var status = stat()
            // First of all: what comes then spoils the old store for its readers if no other takes its place.
            guard stat(replacement, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                status.st_size > 0
            else { throw StoreError(.missing, "there is no store at \(replacement)") }
            guard stat(replacement + "-wal", &status) != 0 || status.st_size == 0 else {
                throw StoreError(.inUse, "\(replacement) has not been closed")
            }
            try give(replacement, toOwnerOf: path)
            for suffix in ["-wal", "-shm"] { unlink(replacement + suffix) }
            try emptyLog(of: path)
            // SQLite finds a log by its name: the old store's must not be taken for the new one's. The old readers have it open.
            for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
            guard rename(replacement, path) == 0 else {
                throw StoreError(.database, "\(path): \(String(cString: strerror(errno)))")
            }
            syncFolder(of: path)
        }
    }

    /// Gives a store to whoever will write it, with its lock, which this process may have made.
    private static func give(
        _ replacement: String,
        toOwnerOf path: String
    ) throws(StoreError) {
        var owner = stat()
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard stat(path, &owner) == 0 || stat(folder, &owner) == 0 else { return }
        for name in [replacement, path + ".lock"] {
            var status = stat()
            guard stat(name, &status) == 0, status.st_uid != owner.st_uid else { continue }
            guard chown(name, owner.st_uid, owner.st_gid) == 0 else {
                throw StoreError(
                    .database,
                    "\(path) belongs to user \(owner.st_uid), who can't be given \(name): run this as that user"
                )
            }
        }
    }

    /// Brings everything into the one file, so that it is whole without its log.
    private static func emptyLog(of path: String) throws(StoreError) {
        guard access(path, F_OK) == 0 else { return }
        do {
            try StoreError.wrapping {
                var configuration = Configuration()
                configuration.busyMode = .timeout(10)
                let queue = try DatabaseQueue(path: path, configuration: configuration)
                _ = try queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
                try queue.close()
            }
        } catch {
            // What can't be read any more needs no care: it is a reason to replace it.
            guard error.code == .inUse else { return }
            throw StoreError(.inUse, "somebody has been reading \(path) for too long; try again")
        }
    }

    private static func syncFolder(of path: String) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        Foundation.close(descriptor)
    }
}
