import Foundation

/// A source whose size is known and whose bytes can be read in any order; blocks.
struct SourceReader: Sendable {
    private enum Content: Sendable {
        case bytes([UInt8])
        case file(FileHandle)
    }

    /// Owns the descriptor.
    private final class FileHandle: Sendable {
        let descriptor: Int32

        init(_ descriptor: Int32) {
            self.descriptor = descriptor
        }

        deinit {
            close(descriptor)
        }
    }

    /// How many bytes it has.
    let size: Int64
    private let content: Content

    /// Opens a source.
    ///
    /// - Throws: `invalid` if there is no such file or it is too large.
    init(_ source: BlobSource) throws(BlobError) {
        switch source {
        case .bytes(let bytes):
            size = Int64(bytes.count)
            content = .bytes(bytes)
        case .file(let path):
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else {
                throw BlobError(.invalid, "source: \(String(cString: strerror(errno)))")
            }
            let handle = FileHandle(descriptor)
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                throw BlobError(.invalid, "source: not a file")
            }
            size = Int64(status.st_size)
            content = .file(handle)
        }
        guard size <= BlobLimits.blobBytesMax else {
            throw BlobError(.invalid, "\(size) bytes are too many for a blob")
        }
    }

    /// Reads bytes that it has.
    ///
    /// - Throws: `invalid` if the file has become shorter.
    func read(_ range: Range<Int64>) throws(BlobError) -> [UInt8] {
        switch content {
        case .bytes(let bytes):
            return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
        case .file(let handle):
            let bytes = try FileReading.read(handle.descriptor, range)
            guard bytes.count == Int(range.upperBound - range.lowerBound) else {
                throw BlobError(.invalid, "source: the file changed while it was read")
            }
            return bytes
        }
    }
}
