public import Events

/// Writes the fields of a Protocol Buffers message, giving the same bytes as the generated encoders.
///
/// As proto3 has it, a field with its default value is not written. Nested messages are written with
/// their length first, so their size must be known: `ProtobufSize` adds it up.
public struct ProtobufWriter: Sendable {
    /// What was written.
    public private(set) var bytes: [UInt8] = []

    /// A writer with room for so many bytes.
    public init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// Writes a number unless it is 0.
    public mutating func varint(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        raw(UInt64(field) << 3)
        raw(value)
    }

    /// Writes a signed number (`int64`) unless it is 0.
    public mutating func int64(_ field: Int, _ value: Int64) {
        varint(field, UInt64(bitPattern: value))
    }

    /// Writes an identifier, or nothing.
    public mutating func identifier<Kind>(_ field: Int, _ id: Identifier<Kind>?) {
        guard let id else { return }
        header(field, count: 16)
        withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) {
            bytes.append(contentsOf: $0)
        }
    }

    /// Writes bytes as they are, even none: a string, a `bytes` field or a message encoded before.
    public mutating func slice(_ field: Int, _ value: ArraySlice<UInt8>) {
        header(field, count: value.count)
        bytes.append(contentsOf: value)
    }

    /// Writes the tag and length of a nested message, whose fields come next.
    public mutating func header(_ field: Int, count: Int) {
        raw(UInt64(field) << 3 | 2)
        raw(UInt64(count))
    }

    /// Writes an origin, which is there even if all of it is 0.
    public mutating func origin(_ field: Int, _ origin: Origin) {
        header(field, count: ProtobufSize.content(of: origin))
        varint(1, UInt64(origin.topicNumber))
        varint(2, UInt64(UInt32(bitPattern: origin.partition.number)))
        int64(3, origin.offset.number)
        varint(4, UInt64(origin.index))
    }

    private mutating func raw(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}

/// How many bytes fields take.
public enum ProtobufSize {
    /// A number with its tag; nothing if it is 0.
    public static func varint(_ field: Int, _ value: UInt64) -> Int {
        value == 0 ? 0 : raw(UInt64(field) << 3) + raw(value)
    }

    /// So many bytes with their tag and length.
    public static func slice(_ field: Int, count: Int) -> Int {
        raw(UInt64(field) << 3) + raw(UInt64(count)) + count
    }

    /// An origin's fields.
    static func content(of origin: Origin) -> Int {
        varint(1, UInt64(origin.topicNumber))
            + varint(2, UInt64(UInt32(bitPattern: origin.partition.number)))
            + varint(3, UInt64(bitPattern: origin.offset.number))
            + varint(4, UInt64(origin.index))
    }

    /// An origin with its tag and length.
    public static func origin(_ field: Int, _ origin: Origin) -> Int {
        slice(field, count: content(of: origin))
    }

    private static func raw(_ value: UInt64) -> Int {
        (64 - (value | 1).leadingZeroBitCount + 6) / 7
    }
}
