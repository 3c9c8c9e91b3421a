/// Where an archive says that its central directory is, checked before libzip believes it.
///
/// Archives are written without a comment and without gaps. So the end is where it must be, and whatever says otherwise is refused
/// instead of looked into: libzip tries each end that it finds, and takes memory for as many entries as one promises.
/// Source: PKWARE's APPNOTE.TXT 6.3.9, sections 4.3.14 to 4.3.16.
struct ZipEnd {
    /// Where the central directory lies.
    let directory: Range<Int64>
    /// How many entries it has.
    let entries: Int64

    private static let endSignature: UInt64 = 0x0605_4B50
    private static let end64Signature: UInt64 = 0x0606_4B50
    private static let locatorSignature: UInt64 = 0x0706_4B50
    private static let endBytes: Int64 = 22
    private static let end64Bytes: Int64 = 56
    private static let locatorBytes: Int64 = 20
    /// An entry of the central directory without its name.
    private static let entryBytesMin: Int64 = 46

    /// How much of an archive's end must be at hand.
    static let bytes = endBytes + end64Bytes + locatorBytes

    /// Reads it of an archive's tail.
    init(_ tail: Stretch, size: Int64) throws(ArchiveError) {
        let end = size - Self.endBytes
        guard end >= 0, tail.number(at: end, bytes: 4) == Self.endSignature,
            tail.number(at: end + 20, bytes: 2) == 0
        else { throw ArchiveError(.corrupt, "an archive without an end") }
        let locator = end - Self.locatorBytes
        let directoryEnd: Int64
        let numbers: (entries: UInt64?, size: UInt64?, start: UInt64?)
        if locator >= Self.end64Bytes,
            tail.number(at: locator, bytes: 4) == Self.locatorSignature
        {
            directoryEnd = locator - Self.end64Bytes
            guard tail.number(at: directoryEnd, bytes: 4) == Self.end64Signature,
                tail.number(at: locator + 8, bytes: 8) == UInt64(directoryEnd)
            else { throw ArchiveError(.corrupt, "an archive without an end") }
            numbers = (
                tail.number(at: directoryEnd + 32, bytes: 8),
                tail.number(at: directoryEnd + 40, bytes: 8),
                tail.number(at: directoryEnd + 48, bytes: 8)
            )
        } else {
            directoryEnd = end
            numbers = (
                tail.number(at: end + 10, bytes: 2), tail.number(at: end + 12, bytes: 4),
                tail.number(at: end + 16, bytes: 4)
            )
        }
        guard let entries = numbers.entries.flatMap({ Int64(exactly: $0) }),
            let bytes = numbers.size.flatMap({ Int64(exactly: $0) }),
            let start = numbers.start.flatMap({ Int64(exactly: $0) }),
            start <= directoryEnd, bytes == directoryEnd - start,
            entries <= bytes / Self.entryBytesMin
        else { throw ArchiveError(.corrupt, "an archive that says it ends elsewhere") }
        directory = start..<directoryEnd
        self.entries = entries
    }

    /// The end of an archive of one entry, whose record is the whole directory.
    static func of(_ record: ArraySlice<UInt8>, at start: UInt32) -> [UInt8] {
        func number(_ value: UInt64, bytes count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        }
        return number(endSignature, bytes: 4) + number(0, bytes: 4)
            + number(1, bytes: 2) + number(1, bytes: 2)
            + number(UInt64(record.count), bytes: 4) + number(UInt64(start), bytes: 4)
            + number(0, bytes: 2)
    }

    /// Refuses a directory in which more ends are hidden.
    ///
    /// One may be there by chance, once in some million archives. An end that promises much needs two.
    func requireNoOther(in loaded: Stretch) throws(ArchiveError) {
        let range = loaded.start..<directory.upperBound
        guard let part = loaded.part(range) else { return }
        let found = part.bytes.withUnsafeBufferPointer { bytes in
            var found = 0
            var index = 0
            while index + 3 < bytes.count {
                if bytes[index] == 0x50, bytes[index + 1] == 0x4B,
                    (bytes[index + 2] == 5 && bytes[index + 3] == 6)
                        || (bytes[index + 2] == 6 && bytes[index + 3] == 7)
                {
                    found += 1
                }
                index += 1
            }
            return found
        }
        guard found <= 1 else { throw ArchiveError(.corrupt, "an archive with several ends") }
    }
}
