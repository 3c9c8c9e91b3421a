public import NIOCore

/// Reads or writes a message's fields in the order of the protocol.
///
/// A message describes its fields once, in `code(_:)`, and the same description reads and writes it; the coder knows the
/// direction, the version, and whether the version is a flexible one (compact lengths and tagged fields). What is read is bounded:
/// a length never exceeds what is left, and the arrays of one message have at most ``elementsMax`` elements together.
public struct WireCoder {
    /// How many array elements one message may have.
    public static let elementsMax = 200_000

    /// The bytes that are left to read, or those written so far.
    public internal(set) var buffer: ByteBuffer
    /// Whether fields are read (or else written).
    public let isReading: Bool
    /// The version of the message.
    public let version: Int16
    /// Whether lengths are compact and structures end with tagged fields.
    public let isFlexible: Bool

    private var elementsLeft = Self.elementsMax

    /// Reads from a buffer.
    public init(reading buffer: ByteBuffer, version: Int16, isFlexible: Bool) {
        self.buffer = buffer
        self.version = version
        self.isFlexible = isFlexible
        isReading = true
    }

    /// Appends to a buffer.
    public init(writingTo buffer: ByteBuffer, version: Int16, isFlexible: Bool) {
        self.buffer = buffer
        self.version = version
        self.isFlexible = isFlexible
        isReading = false
    }

    // MARK: Numbers

    /// A fixed-width big-endian integer.
    @inline(__always)
    public mutating func integer<Value: FixedWidthInteger>(_ value: inout Value) throws(WireError) {
        if isReading {
            guard let read = buffer.readInteger(as: Value.self) else {
                throw WireError(.truncated)
            }
            value = read
        } else {
            buffer.writeInteger(value)
        }
    }

    /// A boolean in one byte.
    public mutating func bool(_ value: inout Bool) throws(WireError) {
        var byte: UInt8 = value ? 1 : 0
        try integer(&byte)
        value = byte != 0
    }

    /// An error code.
    public mutating func error(_ value: inout ErrorCode) throws(WireError) {
        var number = value.rawValue
        try integer(&number)
        value = ErrorCode(rawValue: number)
    }

    // MARK: Lengths

    /// The length of what follows, or `nil` for null.
    ///
    /// `wide`: 32 bits (bytes, arrays) rather than 16 (strings).
    private mutating func readLength(wide: Bool) throws(WireError) -> Int? {
        let length: Int
        if isFlexible {
            length = Int(try buffer.readUnsignedVarint()) - 1
        } else if wide {
            guard let read = buffer.readInteger(as: Int32.self) else {
                throw WireError(.truncated)
            }
            length = Int(read)
        } else {
            guard let read = buffer.readInteger(as: Int16.self) else {
                throw WireError(.truncated)
            }
            length = Int(read)
        }
        if length == -1 { return nil }
        guard length >= 0, length <= buffer.readableBytes else { throw WireError(.invalidLength) }
        return length
    }

    private mutating func writeLength(_ length: Int?, wide: Bool) throws(WireError) {
        let number = length ?? -1
        if isFlexible {
            buffer.writeUnsignedVarint(UInt32(truncatingIfNeeded: number + 1))
        } else if wide {
            guard let fitting = Int32(exactly: number) else { throw WireError(.invalidLength) }
            buffer.writeInteger(fitting)
        } else {
            guard let fitting = Int16(exactly: number) else { throw WireError(.invalidLength) }
            buffer.writeInteger(fitting)
        }
    }

    // MARK: Strings and bytes

    /// A string that may be null.
    public mutating func nullableString(_ value: inout String?) throws(WireError) {
        if isReading {
            guard let length = try readLength(wide: false) else {
                value = nil
                return
            }
            value = buffer.readString(length: length)
        } else {
            try writeLength(value?.utf8.count, wide: false)
            if let value { buffer.writeString(value) }
        }
    }

    /// A string.
    public mutating func string(_ value: inout String) throws(WireError) {
        if isReading {
            guard let length = try readLength(wide: false) else {
                throw WireError(.unexpectedNull)
            }
            value = buffer.readString(length: length) ?? ""
        } else {
            try writeLength(value.utf8.count, wide: false)
            buffer.writeString(value)
        }
    }

    /// Bytes that may be null; what is read shares the message's storage.
    public mutating func nullableBytes(_ value: inout ByteBuffer?) throws(WireError) {
        if isReading {
            guard let length = try readLength(wide: true) else {
                value = nil
                return
            }
            value = buffer.readSlice(length: length)
        } else {
            try writeLength(value?.readableBytes, wide: true)
            if let value { buffer.writeImmutableBuffer(value) }
        }
    }

    /// Bytes; what is read shares the message's storage.
    public mutating func bytes(_ value: inout ByteBuffer) throws(WireError) {
        var optional: ByteBuffer? = isReading ? nil : value
        try nullableBytes(&optional)
        guard let optional else { throw WireError(.unexpectedNull) }
        value = optional
    }

    // MARK: Arrays

    /// An array; null is read as empty.
    public mutating func array<Element: WireElement>(
        _ elements: inout [Element]
    ) throws(WireError) {
        if isReading {
            elements = try readElements() ?? []
        } else {
            try writeElements(elements)
        }
    }

    /// An array that may be null.
    public mutating func nullableArray<Element: WireElement>(
        _ elements: inout [Element]?
    ) throws(WireError) {
        if isReading {
            elements = try readElements()
        } else {
            try writeElements(elements)
        }
    }

    private mutating func readElements<Element: WireElement>() throws(WireError) -> [Element]? {
        guard let count = try readLength(wide: true) else { return nil }
        guard count <= elementsLeft else { throw WireError(.tooManyElements) }
        elementsLeft -= count
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count {
            var element = Element()
            try element.code(&self)
            elements.append(element)
        }
        return elements
    }

    private mutating func writeElements<Element: WireElement>(
        _ elements: [Element]?
    ) throws(WireError) {
        try writeLength(elements?.count, wide: true)
        for var element in elements ?? [] {
            try element.code(&self)
        }
    }

    // MARK: Tagged fields

    /// The end of a structure: in flexible versions tagged fields, which are skipped when read and never written.
    public mutating func tags() throws(WireError) {
        guard isFlexible else { return }
        guard isReading else {
            buffer.writeInteger(UInt8(0))
            return
        }
        let count = try buffer.readUnsignedVarint()
        guard count <= buffer.readableBytes else { throw WireError(.invalidLength) }
        for _ in 0..<count {
            _ = try buffer.readUnsignedVarint()
            let length = Int(try buffer.readUnsignedVarint())
            guard length <= buffer.readableBytes else { throw WireError(.invalidLength) }
            buffer.moveReaderIndex(forwardBy: length)
        }
    }
}
