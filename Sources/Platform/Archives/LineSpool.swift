/// Lines that wait to be compressed, in a file without a name.
///
/// libzip compresses when it closes an archive, and asks for everything then: memory would have to hold it.
final class LineSpool {
    private let file: DiskFile
    private var buffer: [UInt8] = []
    private var written: Int64 = 0

    private static let bufferBytes = 256 * 1024

    init(beside path: String) throws(ArchiveError) {
        file = try DiskFile.nameless(beside: path)
        buffer.reserveCapacity(Self.bufferBytes)
    }

    /// How many bytes there are.
    var size: Int64 { written + Int64(buffer.count) }

    func append(_ line: [UInt8]) throws(ArchiveError) {
        buffer.append(contentsOf: line)
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    func flush() throws(ArchiveError) {
        try file.write(buffer, at: written)
        written += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }

    /// What lies in a range, once it was flushed.
    func input(_ range: Range<Int64>) -> any ZipInput { FileStretch(file, range) }
}
