import Foundation
import GRDB
import Synchronization

/// Moves pages from a database's write-ahead log into its file on a thread and a connection of its own.
///
/// Otherwise a commit does it now and then, and the records behind it wait for hundreds of random writes and two `fsync`. A
/// passive checkpoint waits for nobody and nobody for it; begun right after a commit it is usually through before the next
/// one, which then starts the log from its beginning again.
/// Source: https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files
///
/// It also syncs what was committed. Otherwise all of it goes to the device in one burst later, and the broker's own
/// `fdatasync`, for which everybody waits, stands behind it.
public final class WALMover: Sendable {
    private static let interval: Duration = .seconds(1)

    private let connection: DatabaseQueue
    private let path: String
    private let state = Mutex((lastMove: ContinuousClock.now, isBusy: false))

    /// A mover for the database at `path`, which is there.
    public init(path: String) throws {
        self.path = path
        var configuration = Configuration()
        configuration.label = "projection-wal"
        // For opening: another connection may be recovering the log, or removing it. A passive checkpoint waits for nobody.
        configuration.busyMode = .timeout(5)
        connection = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Something was committed.
    public func committed() {
        let isFree = state.withLock { state in
            defer { state.isBusy = true }
            return !state.isBusy
        }
        guard isFree else { return }
        connection.asyncWriteWithoutTransaction { [self] database in
            sync()
            if isMoveDue() {
                // What can't be moved now stays in the log; the writer moves it when there is too much of it.
                try? database.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)")
            }
            state.withLock { $0.isBusy = false }
        }
    }

    /// Ends; blocks until what is under way is done.
    ///
    /// What was not moved stays in the log.
    public func end() {
        try? connection.close()
    }

    private func isMoveDue() -> Bool {
        let now = ContinuousClock.now
        return state.withLock { state in
            guard state.lastMove.duration(to: now) >= Self.interval else { return false }
            state.lastMove = now
            return true
        }
    }

    private func sync() {
        let file = open(path + "-wal", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        fdatasync(file)
        close(file)
    }
}
