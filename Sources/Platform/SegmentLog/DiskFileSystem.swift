#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The machine's own file system.
public struct DiskFileSystem: FileSystem {
    /// The machine's own file system.
    public init() {}

    /// Opens a file with `open(2)`.
    public func openFile(_ path: String, creates: Bool) throws(FileSystemError) -> any LogFile {
        let flags = O_RDWR | O_CLOEXEC | (creates ? O_CREAT : 0)
        let descriptor = open(path, flags, 0o644)
        guard descriptor >= 0 else { throw FileSystemError(number: errno, operation: "open") }
        return DiskFile(descriptor)
    }

    /// Makes a folder and those above it.
    public func createDirectory(_ path: String) throws(FileSystemError) {
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw FileSystemError(number: errno, operation: "mkdir")
        }
        try createDirectory(String(path[..<slash]))
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw FileSystemError(number: errno, operation: "mkdir")
        }
    }

    /// The names of what a folder holds.
    public func contents(of path: String) throws(FileSystemError) -> [String] {
        guard let directory = opendir(path) else {
            throw FileSystemError(number: errno, operation: "opendir")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether there is something of this name.
    public func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Removes a file or a folder with all that it holds.
    public func remove(_ path: String) throws(FileSystemError) {
        if unlink(path) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else {
            throw FileSystemError(number: errno, operation: "unlink")
        }
        for name in try contents(of: path) { try remove(path + "/" + name) }
        guard rmdir(path) == 0 || errno == ENOENT else {
            throw FileSystemError(number: errno, operation: "rmdir")
        }
    }

    /// Gives a file or folder another name.
    public func rename(_ path: String, to newPath: String) throws(FileSystemError) {
        #if canImport(Glibc)
        let result = Glibc.rename(path, newPath)
        #else
        let result = Darwin.rename(path, newPath)
        #endif
        guard result == 0 else { throw FileSystemError(number: errno, operation: "rename") }
    }

    /// Makes the names in a folder durable.
    public func syncDirectory(_ path: String) throws(FileSystemError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileSystemError(number: errno, operation: "open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw FileSystemError(number: errno, operation: "fsync")
        }
    }

    /// Takes an advisory lock with `flock(2)`, which the kernel lets go of when the process ends in whatever way.
    public func lock(_ path: String) throws(FileSystemError) -> (any AnyObject & Sendable)? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileSystemError(number: errno, operation: "open") }
        let file = DiskFile(descriptor)
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return file }
        guard errno == EWOULDBLOCK else {
            throw FileSystemError(number: errno, operation: "flock")
        }
        return nil
    }
}
