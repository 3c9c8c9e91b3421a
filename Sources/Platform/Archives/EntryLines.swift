#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Cuts an entry into lines as its pieces come.
struct EntryLines {
    private let bytesMax: Int
    private var rest: [UInt8] = []
    /// How many lines there were.
    private(set) var count = 0

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Takes a piece and gives the lines that end in it, without their line feeds.
    mutating func take(
        _ piece: UnsafeRawBufferPointer,
        _ line: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var start = 0
        while let end = Self.lineFeed(in: piece, from: start) {
            let part = UnsafeRawBufferPointer(rebasing: piece[start..<end])
            guard rest.count + part.count < bytesMax else { throw tooLong }
            count += 1
            if rest.isEmpty {
                try line(part)
            } else {
                rest.append(contentsOf: part)
                try rest.withUnsafeBytes(line)
                rest.removeAll(keepingCapacity: true)
            }
            start = end + 1
        }
        guard rest.count + piece.count - start < bytesMax else { throw tooLong }
        rest.append(contentsOf: piece[start...])
    }

    /// Checks that the last line was a whole one.
    func end() throws(ArchiveError) {
        guard rest.isEmpty else { throw ArchiveError(.corrupt, "half a line at the end") }
    }

    private var tooLong: ArchiveError {
        ArchiveError(.tooLarge, "line \(count + 1) is longer than \(bytesMax) bytes")
    }

    private static func lineFeed(in piece: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = piece.baseAddress, start < piece.count,
            let found = memchr(base + start, 0x0A, piece.count - start)
        else { return nil }
        return base.distance(to: UnsafeRawPointer(found))
    }
}
