import NIOCore

extension ByteBuffer {
    /// Reads an unsigned integer of 7-bit groups, the lowest first.
    mutating func readUnsignedVarint() throws(WireError) -> UInt32 {
        var value: UInt32 = 0
        var shift: UInt32 = 0
        while shift < 35 {
            guard let byte = readInteger(as: UInt8.self) else { throw WireError(.truncated) }
            value |= UInt32(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        throw WireError(.invalidVarint)
    }

    /// Writes an unsigned integer of 7-bit groups, the lowest first.
    mutating func writeUnsignedVarint(_ value: UInt32) {
        var rest = value
        while rest >= 0x80 {
            writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        writeInteger(UInt8(truncatingIfNeeded: rest))
    }

    /// Reads a signed integer in zigzag form, as records have it.
    mutating func readVarint() throws(WireError) -> Int64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 70 {
            guard let byte = readInteger(as: UInt8.self) else { throw WireError(.truncated) }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 {
                return Int64(bitPattern: (value >> 1) ^ (0 &- (value & 1)))
            }
            shift += 7
        }
        throw WireError(.invalidVarint)
    }

    /// Writes a signed integer in zigzag form.
    mutating func writeVarint(_ value: Int64) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        while rest >= 0x80 {
            writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        writeInteger(UInt8(truncatingIfNeeded: rest))
    }
}
