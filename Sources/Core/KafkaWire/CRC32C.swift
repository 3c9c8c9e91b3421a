public import NIOCore

/// The CRC-32C checksum (Castagnoli polynomial 0x1EDC6F41, reflected), as record batches and our own files bear it.
///
/// Eight bytes at a time over eight tables (M. Kounavis, F. Berry: "A Systematic Approach to Building High Performance, Software-based, CRC
/// Generators", 2005).
public struct CRC32C: Sendable {
    private static let polynomial: UInt32 = 0x82f6_3b78

    /// Eight tables of 256 entries, made once and never freed.
    nonisolated(unsafe) private static let tables: UnsafePointer<UInt32> = {
        let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
        for index in 0..<256 {
            var value = UInt32(index)
            for _ in 0..<8 { value = (value >> 1) ^ (value & 1 == 1 ? polynomial : 0) }
            tables[index] = value
        }
        for index in 0..<256 {
            for table in 1..<8 {
                let before = tables[(table - 1) * 256 + index]
                tables[table * 256 + index] = (before >> 8) ^ tables[Int(before & 0xff)]
            }
        }
        return UnsafePointer(tables)
    }()

    private var state: UInt32 = 0xffff_ffff

    /// The checksum of nothing, so far.
    public init() {}

    /// The checksum of all that was added.
    public var value: UInt32 { ~state }

    /// Adds bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard var cursor = bytes.baseAddress else { return }
        let tables = Self.tables
        var crc = state
        var left = bytes.count
        while left >= 8 {
            let word = UInt64(littleEndian: cursor.loadUnaligned(as: UInt64.self)) ^ UInt64(crc)
            let low = UInt32(truncatingIfNeeded: word)
            let high = UInt32(truncatingIfNeeded: word >> 32)
            var next = tables[0x700 | Int(low & 0xff)]
            next ^= tables[0x600 | Int((low >> 8) & 0xff)]
            next ^= tables[0x500 | Int((low >> 16) & 0xff)]
            next ^= tables[0x400 | Int(low >> 24)]
            next ^= tables[0x300 | Int(high & 0xff)]
            next ^= tables[0x200 | Int((high >> 8) & 0xff)]
            next ^= tables[0x100 | Int((high >> 16) & 0xff)]
            next ^= tables[Int(high >> 24)]
            crc = next
            cursor += 8
            left -= 8
        }
        while left > 0 {
            let byte = cursor.load(as: UInt8.self)
            crc = (crc >> 8) ^ tables[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
            cursor += 1
            left -= 1
        }
        state = crc
    }

    /// The checksum of these bytes.
    public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc = CRC32C()
        crc.update(bytes)
        return crc.value
    }

    /// The checksum of what can be read of a buffer.
    public static func checksum(_ buffer: ByteBuffer) -> UInt32 {
        buffer.withUnsafeReadableBytes { checksum($0) }
    }
}
