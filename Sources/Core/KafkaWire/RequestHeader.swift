public import NIOCore

/// What every request begins with.
public struct RequestHeader: Sendable, Equatable {
    /// The kind of request.
    public var key: APIKey
    /// The version of its body.
    public var version: Int16
    /// The number that the answer must bear.
    public var correlationID: Int32
    /// The name that the client gives itself.
    public var clientID: String?

    /// A header of its parts.
    public init(key: APIKey, version: Int16, correlationID: Int32, clientID: String?) {
        self.key = key
        self.version = version
        self.correlationID = correlationID
        self.clientID = clientID
    }

    /// Reads key, version and correlation number, which have their place in every version.
    public init(from buffer: inout ByteBuffer) throws(WireError) {
        guard
            let (key, version, correlationID) = buffer.readMultipleIntegers(
                as: (Int16, Int16, Int32).self
            )
        else { throw WireError(.truncated) }
        self.init(
            key: APIKey(rawValue: key),
            version: version,
            correlationID: correlationID,
            clientID: nil
        )
    }

    /// Reads what else the header has: the client's name and, before a flexible body, tagged fields.
    public mutating func readRest(
        from buffer: inout ByteBuffer,
        isFlexible: Bool
    ) throws(WireError) {
        var plain = WireCoder(reading: buffer, version: 1, isFlexible: false)
        try plain.nullableString(&clientID)
        var tagged = WireCoder(reading: plain.buffer, version: 2, isFlexible: isFlexible)
        try tagged.tags()
        buffer = tagged.buffer
    }

    /// Appends the header.
    public func write(to buffer: inout ByteBuffer, isFlexible: Bool) throws(WireError) {
        buffer.writeMultipleIntegers(key.rawValue, version, correlationID)
        var coder = WireCoder(writingTo: buffer, version: 1, isFlexible: false)
        var name = clientID
        try coder.nullableString(&name)
        buffer = coder.buffer
        if isFlexible { buffer.writeInteger(UInt8(0)) }
    }
}
