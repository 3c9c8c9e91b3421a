/// Earlier stays in a column: first and last seq of each, big-endian, in order; `NULL` if there are none.
enum StayCoding {
    static func encode(_ stays: [ClosedRange<UInt64>]) -> [UInt8]? {
        guard !stays.isEmpty else { return nil }
        var bytes: [UInt8] = []
        for stay in stays {
            withUnsafeBytes(of: (stay.lowerBound.bigEndian, stay.upperBound.bigEndian)) {
                bytes.append(contentsOf: $0)
            }
        }
        return bytes
    }

    static func decode(_ bytes: [UInt8]) -> [ClosedRange<UInt64>] {
        bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count - 15, by: 16).map { place in
                let from = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                let until = bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self)
                let first = UInt64(bigEndian: from)
                return first...max(first, UInt64(bigEndian: until))
            }
        }
    }
}
