import Foundation
import Stores
import Synchronization

/// The store, opened when it is there, and again when another file takes its place.
///
/// `martlet-persistence` makes a file, and `martlet replay --swap` replaces it: a reader that goes on with the
/// old one would show an old world for ever. So it looks, at most every so often, whether the path still
/// names the file that is open. A database says itself what its names mean.
final class StoreHandle: Sendable {
    /// Names a file, whatever its path.
    private struct FileID: Hashable {
        var device: UInt64
        var number: UInt64
    }

    private struct State {
        /// What the last look came to.
        var found: Result<any HotStoreReader, StoreError>?
        var file: FileID?
        var lastLook: ContinuousClock.Instant?
    }

    private let location: StoreLocation
    private let lookInterval: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let open: @Sendable (StoreLocation) throws(StoreError) -> any HotStoreReader
    private let state = Mutex(State())

    /// The store at a place; `now` and `open` are for tests.
    init(
        _ location: StoreLocation,
        lookInterval: Duration = .milliseconds(500),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        open: @escaping @Sendable (StoreLocation) throws(StoreError) -> any HotStoreReader = {
            location throws(StoreError) in try location.openReader()
        }
    ) {
        self.location = location
        self.lookInterval = lookInterval
        self.now = now
        self.open = open
    }

    /// The store as its place names it now.
    ///
    /// - Throws: `StoreError`, with code `missing` while there is none.
    func current() throws(StoreError) -> any HotStoreReader {
        let result = state.withLock { state -> Result<any HotStoreReader, StoreError> in
            if let found = state.found, let lastLook = state.lastLook,
                lastLook.duration(to: now()) < lookInterval
            {
                return found
            }
            let found = Result { () throws(StoreError) in try look(&state) }
            state.found = found
            // By its end: a database that is away takes seconds to say so, and all who have waited meanwhile need not ask again.
            state.lastLook = now()
            return found
        }
        return try result.get()
    }

    private func look(_ state: inout State) throws(StoreError) -> any HotStoreReader {
        let store = try? state.found?.get()
        guard case .sqlite(let path) = location else {
            if let store { return store }
            return try open(location)
        }
        let file = Self.fileID(of: path)
        if let store, file != nil, file == state.file { return store }
        guard file != nil else { throw StoreError(.missing, "\(path) is not there yet") }
        let opened = try open(location)
        state.file = file
        return opened
    }

    private static func fileID(of path: String) -> FileID? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return FileID(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }
}
