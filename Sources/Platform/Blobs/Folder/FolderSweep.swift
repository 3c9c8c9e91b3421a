import Events
import Foundation

/// Removes unfinished files that nobody writes any more.
struct FolderSweep {
    /// Last written before this, nobody writes it any more.
    let before: Timestamp

    /// Sweeps a folder and those below, and gives how many files it removed.
    func sweep(_ folder: FolderHandle) throws(BlobError) -> Int {
        var removed = 0
        for entry in try folder.entries() {
            if entry.kind == .folder, BlobKey.isSegment(entry.name.utf8) {
                if let next = try folder.folder(entry.name) { removed += try sweep(next) }
            } else if entry.kind == .file,
                entry.name.hasPrefix(FolderBlobStore.unfinishedPrefix),
                let status = try folder.status(of: entry.name), written(status) < before
            {
                guard unlinkat(folder.descriptor, entry.name, 0) == 0 || errno == ENOENT else {
                    throw BlobError(errno: errno, "remove")
                }
                removed += 1
            }
        }
        return removed
    }

    private func written(_ status: stat) -> Timestamp {
        #if canImport(Glibc)
        let time = status.st_mtim
        #else
        let time = status.st_mtimespec
        #endif
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
