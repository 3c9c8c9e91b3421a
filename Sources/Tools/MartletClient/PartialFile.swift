import Foundation

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A file that grows under another name until it is whole, readable by its owner alone.
///
/// What was not finished is removed. For one task at a time.
final class PartialFile {
    /// How many of its last bytes are kept at hand.
    static let tailBytes = 22

    /// Bytes written.
    private(set) var count: Int64 = 0
    /// The last bytes written.
    private(set) var tail: [UInt8] = []
    private let path: String
    private let handle: FileHandle
    private var isFinished = false

    private var partialPath: String { "\(path).part" }

    /// Starts a file that is not there yet.
    init(_ path: String) throws(ClientError) {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw ClientError(.fileExists, "there is such a file already")
        }
        let file = open("\(path).part", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw ClientError(.fileUnwritable, "the file cannot be made")
        }
        self.path = path
        handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    }

    deinit {
        if !isFinished { unlink(partialPath) }
    }

    /// Writes bytes at its end.
    func write(_ bytes: some Collection<UInt8>) throws(ClientError) {
        do {
            try handle.write(contentsOf: Data(bytes))
        } catch {
            throw ClientError(.fileUnwritable, "the file cannot be written")
        }
        count += Int64(bytes.count)
        tail = (tail + bytes.suffix(Self.tailBytes)).suffix(Self.tailBytes)
    }

    /// Gives it its name; from then on it is there after a power failure too.
    func finish() throws(ClientError) {
        guard fsync(handle.fileDescriptor) == 0, rename(partialPath, path) == 0 else {
            throw ClientError(.fileUnwritable, "the file cannot be written")
        }
        isFinished = true
    }
}
