#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An open file of the machine's file system; closed when the last reference to it goes.
final class DiskFile: LogFile {
    private let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    func size() throws(FileSystemError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw FileSystemError(number: errno, operation: "fstat")
        }
        return Int(status.st_size)
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer,
        at position: Int
    ) throws(FileSystemError) -> Int {
        var done = 0
        while done < buffer.count {
            guard let base = buffer.baseAddress else { return 0 }
            let count = pread(descriptor, base + done, buffer.count - done, off_t(position + done))
            if count > 0 {
                done += count
            } else if count == 0 {
                break
            } else if errno != EINTR {
                throw FileSystemError(number: errno, operation: "pread")
            }
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(FileSystemError) {
        var done = 0
        while done < bytes.count {
            guard let base = bytes.baseAddress else { return }
            let count = pwrite(descriptor, base + done, bytes.count - done, off_t(position + done))
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                throw FileSystemError(
                    number: count == 0 ? ENOSPC : errno,
                    operation: "pwrite"
                )
            }
        }
    }

    func truncate(to size: Int) throws(FileSystemError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else {
            throw FileSystemError(number: errno, operation: "ftruncate")
        }
    }

    func syncData() throws(FileSystemError) {
        #if canImport(Glibc)
        let result = fdatasync(descriptor)
        #else
        let result = fcntl(descriptor, F_FULLFSYNC)
        #endif
        guard result >= 0 else {
            throw FileSystemError(number: errno, operation: "fdatasync")
        }
    }
}
