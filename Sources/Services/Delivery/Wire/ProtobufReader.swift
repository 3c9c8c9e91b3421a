/// Reads the fields of a Protocol Buffers message where they lie, without building generated types.
///
/// The inbox is read once per record and partition, so this is the hot path; tests hold it against the generated code.
struct ProtobufReader {
    struct Malformed: Error, Equatable {}

    /// A field's value; bytes stay where they are.
    enum Value: Equatable {
        case varint(UInt64)
        case bytes(Range<Int>)
        case fixed
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var index: Int
    private let end: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>? = nil) {
        self.bytes = bytes
        index = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
    }

    /// The next field's number and value; `nil` at the end.
    mutating func next() throws(Malformed) -> (number: Int, value: Value)? {
        guard index < end else { return nil }
        let tag = try varint()
        let number = Int(truncatingIfNeeded: tag >> 3)
        guard number > 0, tag >> 3 < 1 << 29 else { throw Malformed() }
        switch tag & 7 {
        case 0: return (number, .varint(try varint()))
        case 1: return (number, try fixed(8))
        case 2:
            let length = try varint()
            guard length <= UInt64(end - index) else { throw Malformed() }
            let start = index
            index += Int(length)
            return (number, .bytes(start..<index))
        case 5: return (number, try fixed(4))
        default: throw Malformed()
        }
    }

    private mutating func fixed(_ count: Int) throws(Malformed) -> Value {
        guard end - index >= count else { throw Malformed() }
        index += count
        return .fixed
    }

    private mutating func varint() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < end, shift < 70 {
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        throw Malformed()
    }
}
