/// The name of something in a cache: a name space and parts, as bytes.
///
/// Every part is preceded by its length, so two keys are equal only if all their parts are. Beside what it asks for, a key says what the
/// answer was made from: `CacheKey("page", .bytes(conversation), .number(seq), .bytes(positions))`.
public struct CacheKey: Hashable, Sendable {
    /// A piece of a key.
    ///
    /// The kind is not part of the key: in one name space the same place always has the same kind.
    public enum Part: Hashable, Sendable {
        /// Bytes, such as an identifier or a hash.
        case bytes([UInt8])
        /// Text, as UTF-8.
        case text(String)
        /// A number.
        case number(Int64)
    }

    /// The composed bytes.
    public let bytes: [UInt8]

    /// A key of its parts.
    public init(_ space: String, _ parts: Part...) {
        self.init(space, parts)
    }

    /// A key of a list of parts.
    public init(_ space: String, _ parts: [Part]) {
        var bytes: [UInt8] = []
        for part in [.text(space)] + parts {
            switch part {
            case .bytes(let content): Self.append(content, to: &bytes)
            case .text(let text): Self.append(Array(text.utf8), to: &bytes)
            case .number(let number):
                Self.append(withUnsafeBytes(of: number.bigEndian) { Array($0) }, to: &bytes)
            }
        }
        self.bytes = bytes
    }

    /// Whether a cache takes it.
    var isBounded: Bool { bytes.count <= CacheLimits.keyBytesMax }

    private static func append(_ part: [UInt8], to bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(part.count).bigEndian) { bytes.append(contentsOf: $0) }
        bytes += part
    }
}
