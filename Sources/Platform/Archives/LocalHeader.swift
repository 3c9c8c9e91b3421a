/// An entry's own header, which repeats what the central directory says of it.
///
/// libzip only takes its length. Compared, it shows a directory that points to another entry.
/// Source: PKWARE's APPNOTE.TXT 6.3.9, section 4.3.7.
struct LocalHeader {
    private static let signature: UInt64 = 0x0403_4B50
    static let bytesMin: Int64 = 30
    /// What an entry of more than 4 GiB has besides.
    static let extraBytes: Int64 = 20

    /// Where the compressed bytes start.
    let dataStart: Int64

    /// Reads an entry's header and compares it with what the directory says.
    init(of entry: ZipEntry, in stretch: Stretch) throws(ArchiveError) {
        let start = entry.start
        guard stretch.number(at: start, bytes: 4) == Self.signature,
            let nameBytes = stretch.number(at: start + 26, bytes: 2),
            let extraBytes = stretch.number(at: start + 28, bytes: 2),
            let name = stretch.part(
                start + Self.bytesMin..<start + Self.bytesMin + Int64(nameBytes)
            ),
            name.bytes.elementsEqual(entry.name.utf8),
            stretch.number(at: start + 14, bytes: 4) == UInt64(entry.crc),
            Self.agrees(stretch.number(at: start + 18, bytes: 4), entry.compressedSize),
            Self.agrees(stretch.number(at: start + 22, bytes: 4), entry.size)
        else { throw ArchiveError(.corrupt, "an entry is not where the directory says") }
        dataStart = name.range.upperBound + Int64(extraBytes)
    }

    /// Whether a size is the same; sizes that do not fit stand elsewhere.
    private static func agrees(_ number: UInt64?, _ size: Int64) -> Bool {
        number == UInt64(size) || number == UInt64(UInt32.max)
    }
}
