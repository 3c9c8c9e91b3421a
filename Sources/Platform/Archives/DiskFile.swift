#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An open file; closed when the last reference to it goes.
final class DiskFile: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Opens a file that is there.
    static func reading(_ path: String) throws(ArchiveError) -> DiskFile {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(.unavailable, "open") }
        return DiskFile(descriptor)
    }

    /// Makes a file without a name, beside where another will be: it goes with the process, however that ends.
    static func nameless(beside path: String) throws(ArchiveError) -> DiskFile {
        let name = path + ".lines"
        let descriptor = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(.unwritable, "open") }
        let file = DiskFile(descriptor)
        guard unlink(name) == 0 else { throw failure(.unwritable, "unlink") }
        return file
    }

    /// Makes the names in the folder of a file durable.
    static func syncFolder(of path: String) throws(ArchiveError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(.unwritable, "open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(.unwritable, "fsync") }
    }

    func size() throws(ArchiveError) -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure(.unavailable, "fstat") }
        return Int64(status.st_size)
    }

    /// Reads as many bytes as there are, up to the buffer's end; `nil` and `errno` on failure.
    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) -> Int? {
        var done = 0
        while done < buffer.count {
            guard let base = buffer.baseAddress else { return 0 }
            let place = off_t(position) + off_t(done)
            let count = pread(descriptor, base + done, buffer.count - done, place)
            if count == 0 { break }
            if count > 0 { done += count } else if errno != EINTR { return nil }
        }
        return done
    }

    /// Reads a range; less if the file ends before.
    func read(_ range: Range<Int64>) throws(ArchiveError) -> [UInt8] {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(range.count)) { buffer, count in
            let read = self.read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
            failed = read == nil
            count = read ?? 0
        }
        if failed { throw Self.failure(.unavailable, "pread") }
        return bytes
    }

    func write(_ bytes: [UInt8], at position: Int64) throws(ArchiveError) {
        let isWritten = bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count, let base = bytes.baseAddress {
                let place = off_t(position) + off_t(done)
                let count = pwrite(descriptor, base + done, bytes.count - done, place)
                if count > 0 { done += count } else if count == 0 || errno != EINTR { return false }
            }
            return true
        }
        guard isWritten else { throw Self.failure(.unwritable, "pwrite") }
    }

    func sync() throws(ArchiveError) {
        guard fsync(descriptor) == 0 else { throw Self.failure(.unwritable, "fsync") }
    }

    private static func failure(_ code: ArchiveError.Code, _ operation: String) -> ArchiveError {
        ArchiveError(code, "\(operation): \(String(cString: strerror(errno)))")
    }
}
