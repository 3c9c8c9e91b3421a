/// Bytes that libzip reads, as an archive or as what becomes an entry of one.
protocol ZipInput: AnyObject {
    /// How many bytes there are.
    var size: Int64 { get }

    /// Copies what lies at a place, `buffer.count` bytes at most; 0 at the end, `nil` on failure, with the reason in `errno`.
    ///
    /// `sought` is the place to which libzip went before it read on up to here.
    func read(into buffer: UnsafeMutableRawBufferPointer, at place: Int64, sought: Int64) -> Int?
}

/// A part of a file.
final class FileStretch: ZipInput {
    private let file: DiskFile
    private let range: Range<Int64>

    init(_ file: DiskFile, _ range: Range<Int64>) {
        self.file = file
        self.range = range
    }

    var size: Int64 { range.upperBound - range.lowerBound }

    func read(into buffer: UnsafeMutableRawBufferPointer, at place: Int64, sought: Int64) -> Int? {
        let count = Int(min(Int64(buffer.count), size - place))
        guard count > 0 else { return 0 }
        return file.read(
            into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]),
            at: range.lowerBound + place
        )
    }
}

/// A file of which only some stretches are at hand.
final class SparseBytes: ZipInput {
    let size: Int64
    /// What is at hand; in no order, and few.
    var stretches: [Stretch] = []
    /// Whether what is not at hand reads as zeros; otherwise as the file's end.
    var gapsAreZeros = false
    /// Where libzip went when it then read what is not at hand.
    var missing: Int64?

    init(size: Int64, _ stretches: [Stretch] = []) {
        self.size = size
        self.stretches = stretches
    }

    /// Bytes that are all at hand.
    convenience init(_ bytes: [UInt8]) {
        self.init(size: Int64(bytes.count), [Stretch(start: 0, bytes: bytes[...])])
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at place: Int64, sought: Int64) -> Int? {
        guard place < size else { return 0 }
        if let stretch = stretches.first(where: { $0.range.contains(place) }) {
            let rest = stretch.bytes.dropFirst(Int(place - stretch.start)).prefix(buffer.count)
            rest.withUnsafeBytes { buffer.copyMemory(from: $0) }
            return rest.count
        }
        guard gapsAreZeros else {
            // An error would stay with the source for ever; an end is forgotten with the next seek.
            missing = missing ?? sought
            return 0
        }
        let next = stretches.map(\.start).filter { $0 > place }.min() ?? size
        let count = Int(min(Int64(buffer.count), next - place))
        buffer.prefixed(count).initializeMemory(as: UInt8.self, repeating: 0)
        return count
    }
}

/// A part of a file that is at hand.
struct Stretch: Sendable {
    let start: Int64
    let bytes: ArraySlice<UInt8>

    var range: Range<Int64> { start..<start + Int64(bytes.count) }

    /// The part of it in a range, if it has all of that.
    func part(_ part: Range<Int64>) -> Stretch? {
        guard range.lowerBound <= part.lowerBound, part.upperBound <= range.upperBound else {
            return nil
        }
        let first = bytes.startIndex + Int(part.lowerBound - start)
        return Stretch(start: part.lowerBound, bytes: bytes[first..<first + part.count])
    }

    /// A little-endian number of so many bytes; `nil` if it is not all at hand.
    func number(at place: Int64, bytes count: Int64) -> UInt64? {
        part(place..<place + count)?.bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension UnsafeMutableRawBufferPointer {
    fileprivate func prefixed(_ count: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: self[..<count])
    }
}
