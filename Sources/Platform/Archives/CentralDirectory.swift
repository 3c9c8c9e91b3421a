/// The records of a central directory as they stand in the archive, found by name.
///
/// Kept are the bytes and where in them each record starts: some hundred bytes an entry, where libzip keeps several times as much.
/// Source: PKWARE's APPNOTE.TXT 6.3.9, section 4.3.12.
struct CentralDirectory: Sendable {
    private static let signature: UInt64 = 0x0201_4B50
    private static let recordBytesMin = 46

    /// How many entries there are.
    var count: Int { places.count }
    /// About how many bytes of memory it takes.
    var byteCost: Int { bytes.count + places.capacity * MemoryLayout<UInt32>.size }

    private let bytes: [UInt8]
    /// Where records start, in the order of their names.
    private let places: [UInt32]

    /// Reads the records, which fill the stretch.
    ///
    /// - Throws: `ArchiveError` with the code `corrupt`, if there is anything else or a name twice.
    init(_ stretch: Stretch) throws(ArchiveError) {
        let bytes = Array(stretch.bytes)
        var places: [UInt32] = []
        var place = 0
        while place < bytes.count {
            guard let end = Self.recordEnd(in: bytes, at: place) else {
                throw ArchiveError(.corrupt, "a directory that can't be read")
            }
            places.append(UInt32(place))
            place = end
        }
        places.sort { Self.precedes(Self.name(in: bytes, $0), Self.name(in: bytes, $1)) }
        for (one, next) in zip(places, places.dropFirst()) {
            guard Self.precedes(Self.name(in: bytes, one), Self.name(in: bytes, next)) else {
                throw ArchiveError(.corrupt, "a directory with a name twice")
            }
        }
        self.bytes = bytes
        self.places = places
    }

    /// The record of an entry; `nil` if there is none of that name.
    func record(of name: String) -> ArraySlice<UInt8>? {
        let wanted = Array(name.utf8)[...]
        var range = places.indices
        while let first = range.first, let last = range.last {
            let middle = first + (last - first) / 2
            let found = Self.name(in: bytes, places[middle])
            if found == wanted {
                let place = Int(places[middle])
                return Self.recordEnd(in: bytes, at: place).map { bytes[place..<$0] }
            }
            range =
                Self.precedes(found, wanted) ? middle + 1..<range.upperBound : first..<middle
        }
        return nil
    }

    /// Where a record ends; `nil` if there is none.
    private static func recordEnd(in bytes: [UInt8], at place: Int) -> Int? {
        guard place + recordBytesMin <= bytes.count,
            number(in: bytes, at: place, 4) == signature
        else { return nil }
        // The lengths of the name, of what is said besides, and of a comment.
        let lengths = [28, 30, 32].map { Int(number(in: bytes, at: place + $0, 2)) }
        let end = place + recordBytesMin + lengths.reduce(0, +)
        return end <= bytes.count ? end : nil
    }

    private static func name(in bytes: [UInt8], _ place: UInt32) -> ArraySlice<UInt8> {
        let start = Int(place) + recordBytesMin
        return bytes[start..<start + Int(number(in: bytes, at: Int(place) + 28, 2))]
    }

    private static func number(in bytes: [UInt8], at place: Int, _ count: Int) -> UInt64 {
        bytes[place..<place + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func precedes(_ one: ArraySlice<UInt8>, _ other: ArraySlice<UInt8>) -> Bool {
        one.lexicographicallyPrecedes(other)
    }
}
