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
        var store: (any HotStoreReader)?
        var file: FileID?
        var lastLook: ContinuousClock.Instant?
    }

    private let location: StoreLocation
    private let lookInterval: Duration
    private let state = Mutex(State())

    init(_ location: StoreLocation, lookInterval: Duration = .milliseconds(500)) {
        self.location = location
        self.lookInterval = lookInterval
    }

    /// The store as its place names it now.
    ///
    /// - Throws: `StoreError`, with code `missing` while there is none.
    func current() throws(StoreError) -> any HotStoreReader {
        let result: Result<any HotStoreReader, StoreError> = state.withLock { state in
            let now = ContinuousClock.now
            if let store = state.store, let lastLook = state.lastLook,
                lastLook.duration(to: now) < lookInterval
            {
                return .success(store)
            }
            return Result { () throws(StoreError) in try look(&state, now) }
        }
        return try result.get()
    }

    private func look(
        _ state: inout State,
        _ now: ContinuousClock.Instant
    ) throws(StoreError) -> any HotStoreReader {
        state.lastLook = now
        guard case .sqlite(let path) = location else {
            if let store = state.store { return store }
            let store = try location.openReader()
            state.store = store
            return store
        }
        let file = Self.fileID(of: path)
        if let store = state.store, file != nil, file == state.file { return store }
        state.store = nil
        guard file != nil else { throw StoreError(.missing, "\(path) is not there yet") }
        let store = try location.openReader()
        state.store = store
        state.file = file
        return store
    }

    private static func fileID(of path: String) -> FileID? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return FileID(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }
}
