public import NIOCore

/// Something with fields in the protocol's order: a message, a structure, or a plain value in an array.
public protocol WireElement: Sendable {
    /// A value to read into.
    init()

    /// Reads or writes the fields, as the coder says.
    mutating func code(_ coder: inout WireCoder) throws(WireError)
}

/// A request: what names its kind, its versions and its answer.
public protocol WireRequest: WireElement {
    /// The answer.
    associatedtype Response: WireElement

    /// The number of this kind of request.
    static var key: APIKey { get }
    /// The versions that are served.
    static var versions: ClosedRange<Int16> { get }
    /// The first version with compact lengths and tagged fields.
    static var flexibleFrom: Int16 { get }
}

extension WireRequest {
    /// Reads a request's body.
    public init(from buffer: ByteBuffer, version: Int16) throws(WireError) {
        guard Self.versions.contains(version) else { throw WireError(.unsupportedVersion) }
        var coder = WireCoder(
            reading: buffer,
            version: version,
            isFlexible: version >= Self.flexibleFrom
        )
        self.init()
        try code(&coder)
    }

    /// Appends the request's body.
    public func write(to buffer: inout ByteBuffer, version: Int16) throws(WireError) {
        var copy = self
        try copy.append(to: &buffer, version: version, isFlexible: version >= Self.flexibleFrom)
    }

    /// Appends an answer's body.
    public static func write(
        _ response: Response,
        to buffer: inout ByteBuffer,
        version: Int16
    ) throws(WireError) {
        var copy = response
        try copy.append(to: &buffer, version: version, isFlexible: version >= flexibleFrom)
    }

    /// Reads an answer's body.
    public static func readResponse(
        from buffer: ByteBuffer,
        version: Int16
    ) throws(WireError) -> Response {
        var coder = WireCoder(
            reading: buffer,
            version: version,
            isFlexible: version >= flexibleFrom
        )
        var response = Response()
        try response.code(&coder)
        return response
    }

    /// Whether an answer of this version has tagged fields in its header.
    ///
    /// An ApiVersions answer never has: a client must be able to read it before it knows what the broker speaks.
    public static func responseHeaderIsFlexible(version: Int16) -> Bool {
        version >= flexibleFrom && key != .apiVersions
    }
}

extension WireElement {
    fileprivate mutating func append(
        to buffer: inout ByteBuffer,
        version: Int16,
        isFlexible: Bool
    ) throws(WireError) {
        var coder = WireCoder(writingTo: buffer, version: version, isFlexible: isFlexible)
        // The coder must be the only owner, or the first write copies everything.
        buffer = ByteBuffer()
        defer { buffer = coder.buffer }
        try code(&coder)
    }
}

extension Int32: WireElement {
    /// Reads or writes four bytes.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.integer(&self)
    }
}

extension String: WireElement {
    /// Reads or writes a string.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.string(&self)
    }
}
