import Foundation

/// One page of the blobs in a folder and those below, in the order of their keys' bytes.
struct FolderListing {
    let prefix: String
    let after: String
    let limit: Int
    private(set) var found: [BlobInfo] = []

    init(prefix: String, after: BlobKey?, limit: Int) {
        self.prefix = prefix
        self.after = after?.description ?? ""
        self.limit = max(0, min(limit, BlobLimits.listMax))
    }

    /// Reads the store's folder.
    mutating func read(_ root: FolderHandle) throws(BlobError) {
        try read(root, at: "")
    }

    /// Reads a folder whose keys begin with `path`, which is empty or ends at a `/`.
    private mutating func read(_ folder: FolderHandle, at path: String) throws(BlobError) {
        guard found.count < limit else { return }
        var entries: [(path: String, entry: FolderEntry)] = []
        for entry in try folder.entries() where BlobKey.isSegment(entry.name.utf8) {
            switch entry.kind {
            case .file: entries.append((path + entry.name, entry))
            // What is in a folder comes in order of its name and a `/`.
            case .folder: entries.append((path + entry.name + "/", entry))
            case .other: break
            }
        }
        entries.sort { Self.precedes($0.path, $1.path) }
        for (path, entry) in entries where found.count < limit {
            switch entry.kind {
            case .folder:
                guard mayHold(path), let next = try folder.folder(entry.name) else { continue }
                try read(next, at: path)
            default:
                guard path.utf8.starts(with: prefix.utf8), Self.precedes(after, path),
                    let key = try? BlobKey(path), let status = try folder.status(of: entry.name)
                else { continue }
                found.append(BlobInfo(key: key, size: Int64(status.st_size)))
            }
        }
    }

    /// Whether there may be keys of the page in this folder.
    private func mayHold(_ path: String) -> Bool {
        guard path.utf8.count < BlobLimits.keyBytesMax else { return false }
        let isOnTheWay =
            path.utf8.starts(with: prefix.utf8) || prefix.utf8.starts(with: path.utf8)
        // Its last key comes after `after` if that lies in it or before it.
        return isOnTheWay
            && (after.utf8.starts(with: path.utf8) || Self.precedes(after, path))
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
