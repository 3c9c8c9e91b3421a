import Foundation

/// An open folder; what is named through it lies in it, whatever becomes of its path.
///
/// No symbolic link is followed, so nothing leads out of the store.
final class FolderHandle: Sendable {
    let descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Opens the folder at a path, which may itself be a link.
    static func open(path: String) throws(BlobError) -> FolderHandle {
        let descriptor = Foundation.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // A store that is gone says nothing about its blobs.
        guard descriptor >= 0 else {
            let error = BlobError(errno: errno, path)
            guard error.code == .notFound else { throw error }
            throw BlobError(.unavailable, "the folder is not there: \(path)")
        }
        return FolderHandle(descriptor)
    }

    /// Opens a folder in this one; `nil` if there is none.
    func folder(_ name: String) throws(BlobError) -> FolderHandle? {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let descriptor = openat(self.descriptor, name, flags)
        if descriptor >= 0 { return FolderHandle(descriptor) }
        // What is there may be a file, or a link.
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw BlobError(errno: errno, "open a folder")
    }

    /// Opens a folder in this one, which is made if there is none.
    func makeFolder(_ name: String, _ probe: FolderProbe) throws(BlobError) -> FolderHandle {
        if let folder = try folder(name) { return folder }
        let failure = probe(.makeFolder)
        guard failure == 0 else { throw BlobError(errno: failure, "make a folder") }
        guard mkdirat(descriptor, name, 0o750) == 0 || errno == EEXIST else {
            throw BlobError(errno: errno, "make a folder")
        }
        guard let folder = try folder(name) else {
            throw BlobError(.invalid, "a part of the key is a blob, or a link")
        }
        return folder
    }

    /// The size and the kind of what has this name, a link not followed; `nil` if there is nothing.
    func status(of name: String) throws(BlobError) -> stat? {
        var status = stat()
        if fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
        guard errno == ENOENT else { throw BlobError(errno: errno, "stat") }
        return nil
    }

    /// Makes the names in it durable.
    func sync(_ probe: FolderProbe) throws(BlobError) {
        let failure = probe(.syncFolder)
        guard failure == 0 else { throw BlobError(errno: failure, "sync a folder") }
        guard fsync(descriptor) == 0 else { throw BlobError(errno: errno, "sync a folder") }
    }

    /// What it holds, in no order.
    func entries() throws(BlobError) -> [FolderEntry] {
        // `closedir` closes the descriptor that it was given.
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw BlobError(errno: errno, "read a folder") }
        guard let stream = fdopendir(copy) else {
            let number = errno
            close(copy)
            throw BlobError(errno: number, "read a folder")
        }
        defer { closedir(stream) }
        var entries: [FolderEntry] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." {
                entries.append(try FolderEntry(name, Int(entry.pointee.d_type), in: self))
            }
            errno = 0
        }
        guard errno == 0 else { throw BlobError(errno: errno, "read a folder") }
        return entries
    }
}
