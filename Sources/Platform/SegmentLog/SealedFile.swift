import KafkaWire
import NIOCore

/// A small file that is written whole: kind, version, length and CRC-32C before the content.
///
/// It is replaced by renaming, so a reader finds the old content or the new one; what does not check out counts as absent.
enum SealedFile {
    /// What a file is for; the number is on disk.
    enum Kind: UInt16 {
        case store = 1
        case topic = 2
        case index = 3
        case producers = 4
    }

    private static let magic: UInt32 = 0x4d4c_5346  // "MLSF"
    private static let headSize = 16
    private static let sizeMax = 64 << 20

    /// Replaces the file.
    ///
    /// With `durable`, it is on the device before the call returns.
    static func write(
        _ content: ByteBuffer,
        kind: Kind,
        version: UInt16,
        to path: String,
        durable: Bool,
        in files: any FileSystem
    ) throws(FileSystemError) {
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(
            magic,
            kind.rawValue,
            version,
            UInt32(content.readableBytes),
            CRC32C.checksum(content)
        )
        buffer.writeImmutableBuffer(content)
        let temporary = path + ".new"
        try files.remove(temporary)
        let file = try files.openFile(temporary, creates: true)
        try file.write(buffer)
        if durable { try file.syncData() }
        try files.rename(temporary, to: path)
        if durable { try files.syncDirectory(parent(of: path)) }
    }

    /// The content and its version; `nil` if the file is missing or does not check out.
    static func read(
        kind: Kind,
        from path: String,
        in files: any FileSystem
    ) throws(FileSystemError) -> (content: ByteBuffer, version: UInt16)? {
        guard files.exists(path) else { return nil }
        let file = try files.openFile(path, creates: false)
        let size = try file.size()
        guard size >= headSize, size <= sizeMax else { return nil }
        var buffer = try file.read(at: 0, count: size)
        guard
            let (magic, kindFound, version, length, checksum) = buffer.readMultipleIntegers(
                as: (UInt32, UInt16, UInt16, UInt32, UInt32).self
            ),
            magic == Self.magic, kindFound == kind.rawValue, Int(length) == buffer.readableBytes,
            CRC32C.checksum(buffer) == checksum
        else { return nil }
        return (buffer, version)
    }

    private static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}

extension LogFile {
    /// Reads what is there, at most `count` bytes.
    func read(at position: Int, count: Int) throws(FileSystemError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: max(count, 1))
        try read(into: &buffer, at: position, count: count)
        return buffer
    }

    /// Appends what is there, at most `count` bytes, to a buffer.
    func read(
        into buffer: inout ByteBuffer,
        at position: Int,
        count: Int
    ) throws(FileSystemError) {
        var failure: FileSystemError?
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            do throws(FileSystemError) {
                return try read(
                    into: UnsafeMutableRawBufferPointer(rebasing: space.prefix(count)),
                    at: position
                )
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
    }

    /// Writes what can be read of a buffer at the beginning of the file.
    func write(_ buffer: ByteBuffer) throws(FileSystemError) {
        try write(buffer, at: 0)
    }

    /// Writes what can be read of a buffer.
    func write(_ buffer: ByteBuffer, at position: Int) throws(FileSystemError) {
        var failure: FileSystemError?
        buffer.withUnsafeReadableBytes { bytes in
            do throws(FileSystemError) {
                try write(bytes, at: position)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

extension ByteBuffer {
    /// Writes a string with its length before it.
    mutating func writeCounted(_ string: String) {
        writeInteger(UInt32(string.utf8.count))
        writeString(string)
    }

    /// Reads a string with its length before it.
    mutating func readCounted() -> String? {
        guard let length = readInteger(as: UInt32.self), length <= readableBytes else {
            return nil
        }
        return readString(length: Int(length))
    }
}
