import Foundation
import Stores

/// Where a proof keeps its second store; it goes at the end, and the next run sweeps what a killed one left.
final class ScratchFolder {
    static let name = "verify.tmp"

    private let path: String
    private let lock: StoreLock

    /// Where the store goes.
    let storePath: String

    /// Makes the folder, below another, for its owner alone: everything that was ever said is written into it.
    ///
    /// - Throws: `StoreProof.Unanswerable` if it can't be made, is not ours, or somebody else works in it.
    init(in parent: String) throws {
        path = parent + "/" + Self.name
        storePath = path + "/store.sqlite"
        if mkdir(path, 0o700) != 0 {
            guard errno == EEXIST else {
                throw StoreProof.Unanswerable(
                    description: "cannot make the folder \(path): see --data and --scratch"
                )
            }
            // A killed run's; or a running one's, whose lock says so; or, where others may write, a trap.
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
                status.st_uid == geteuid(), chmod(path, 0o700) == 0
            else {
                throw StoreProof.Unanswerable(
                    description: "\(path) is not a folder of this user: remove it, or see --scratch"
                )
            }
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
