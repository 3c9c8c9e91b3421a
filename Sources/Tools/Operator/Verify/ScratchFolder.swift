import Foundation
import Stores

/// Where a proof keeps its second store; it goes at the end, and the next run sweeps what a killed one left.
final class ScratchFolder {
    static let name = "verify.tmp"

    private let path: String
    private let lock: StoreLock

    /// Where the store goes.
    let storePath: String

    /// Makes the folder, below another.
    ///
    /// - Throws: `StoreProof.Unanswerable` if it can't be made, or somebody else works in it.
    init(in parent: String) throws {
        path = parent + "/" + Self.name
        storePath = path + "/store.sqlite"
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: false
            )
        } catch CocoaError.fileWriteFileExists {
            // A killed run's; or a running one's, whose lock says so.
        } catch {
            throw StoreProof.Unanswerable(
                description: "cannot make the folder \(path): see --data and --scratch"
            )
        }
        guard let lock = try StoreLock.ifFree(path: storePath) else {
            throw StoreProof.Unanswerable(
                description: "another `martlet verify` works in \(path)"
            )
        }
        self.lock = lock
        for suffix in ["", "-wal", "-shm"] { unlink(storePath + suffix) }
    }

    /// Removes the folder with everything in it.
    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
