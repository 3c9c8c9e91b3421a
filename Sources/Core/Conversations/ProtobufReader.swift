public import Events

/// Reads the fields of a Protocol Buffers message one by one, without generated code and without copying.
///
/// For hot paths that need a few fields of many records. Differs from generated decoders in one way: of a
/// nested message that is there twice the last counts, where they merge the two. Our writers write each once.
public struct ProtobufReader: Sendable {
    /// The bytes are not a message, or a field is not what it must be.
    public struct Fault: Error, Equatable, Sendable {
        /// What is wrong; never content.
        public let reason: String

        /// A fault with its reason.
        public init(reason: String) {
            self.reason = reason
        }
    }

    /// A field's number and how it is encoded.
    public struct Tag: Equatable, Sendable {
        /// The field's number.
        public let field: Int
        /// 0: varint, 1: 64 bits, 2: length and bytes, 5: 32 bits.
        let wireType: UInt8
    }

    private let bytes: ArraySlice<UInt8>
    private var place: Int

    /// A reader of a whole message.
    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.place = bytes.startIndex
    }

    /// The next field, whose value must then be read or skipped; `nil` at the end.
    public mutating func next() throws(Fault) -> Tag? {
        guard place < bytes.endIndex else { return nil }
        let key = try rawVarint()
        let field = key >> 3
        guard field > 0, field < 1 << 29 else { throw Fault(reason: "invalid field number") }
        return Tag(field: Int(field), wireType: UInt8(key & 7))
    }

    /// Reads the value of a varint field.
    public mutating func varint(_ tag: Tag) throws(Fault) -> UInt64 {
        guard tag.wireType == 0 else { throw Fault(reason: "field \(tag.field) is not a varint") }
        return try rawVarint()
    }

    /// Reads the value of an `int64` field.
    public mutating func int64(_ tag: Tag) throws(Fault) -> Int64 {
        Int64(bitPattern: try varint(tag))
    }

    /// Reads a length and so many bytes: the value of a `bytes`, `string` or message field.
    public mutating func slice(_ tag: Tag) throws(Fault) -> ArraySlice<UInt8> {
        guard tag.wireType == 2 else { throw Fault(reason: "field \(tag.field) has no length") }
        let count = try rawVarint()
        guard count <= UInt64(bytes.endIndex - place) else {
            throw Fault(reason: "field \(tag.field) is cut short")
        }
        defer { place += Int(count) }
        return bytes[place..<place + Int(count)]
    }

    /// Reads an identifier of exactly 16 bytes; `nil` if there are none.
    public mutating func identifier<Kind>(
        _ tag: Tag,
        as kind: Identifier<Kind>.Type = Identifier<Kind>.self
    ) throws(Fault) -> Identifier<Kind>? {
        let slice = try slice(tag)
        if slice.isEmpty { return nil }
        guard slice.count == 16 else {
            throw Fault(reason: "field \(tag.field) is not an identifier")
        }
        return slice.withUnsafeBytes { bytes in
            Identifier(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    /// Reads an origin.
    public mutating func origin(_ tag: Tag) throws(Fault) -> Origin {
        var reader = ProtobufReader(try slice(tag))
        var topic: UInt32 = 0
        var partition: UInt32 = 0
        var offset: Int64 = 0
        var index: UInt32 = 0
        while let tag = try reader.next() {
            switch tag.field {
            case 1: topic = UInt32(truncatingIfNeeded: try reader.varint(tag))
            case 2: partition = UInt32(truncatingIfNeeded: try reader.varint(tag))
            case 3: offset = try reader.int64(tag)
            case 4: index = UInt32(truncatingIfNeeded: try reader.varint(tag))
            default: try reader.skip(tag)
            }
        }
        return Origin(
            topicNumber: topic,
            partition: Partition(Int32(bitPattern: partition)),
            offset: Offset(offset),
            index: index
        )
    }

    /// Passes over the value of a field that is of no interest.
    public mutating func skip(_ tag: Tag) throws(Fault) {
        let count: Int
        switch tag.wireType {
        case 0:
            _ = try rawVarint()
            return
        case 1: count = 8
        case 2:
            _ = try slice(tag)
            return
        case 5: count = 4
        default: throw Fault(reason: "field \(tag.field) has an unknown encoding")
        }
        guard count <= bytes.endIndex - place else {
            throw Fault(reason: "field \(tag.field) is cut short")
        }
        place += count
    }

    private mutating func rawVarint() throws(Fault) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while place < bytes.endIndex, shift < 64 {
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw Fault(reason: "a number is cut short or too long")
    }
}
