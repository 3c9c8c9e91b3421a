/// Names a blob: segments of `A-Z a-z 0-9 . _ -`, joined by `/`.
///
/// 1 to 512 bytes; no segment is empty, longer than 255 bytes, `.` or `..`. So it needs no escaping anywhere and never leads out of
/// a folder. Keys order as their bytes do.
public struct BlobKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The key as it is written.
    public let description: String

    /// Checks a key.
    ///
    /// - Throws: `invalid`.
    public init(_ text: String) throws(BlobError) {
        guard (1...BlobLimits.keyBytesMax).contains(text.utf8.count) else {
            throw BlobError(.invalid, "a key has 1 to \(BlobLimits.keyBytesMax) bytes")
        }
        for segment in text.utf8.split(
            separator: UInt8(ascii: "/"),
            omittingEmptySubsequences: false
        ) {
            guard Self.isSegment(segment) else {
                throw BlobError(
                    .invalid,
                    "not a key: a part of it is empty, too long or not allowed"
                )
            }
        }
        description = text
    }

    /// The parts between the `/`.
    var segments: [String] { description.split(separator: "/").map(String.init) }

    /// Orders by bytes.
    public static func < (left: Self, right: Self) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }

    /// Whether these bytes may stand between two `/`.
    static func isSegment(_ bytes: some Collection<UInt8>) -> Bool {
        guard (1...BlobLimits.segmentBytesMax).contains(bytes.count), bytes.allSatisfy(isAllowed)
        else { return false }
        return !(bytes.count <= 2 && bytes.allSatisfy { $0 == UInt8(ascii: ".") })
    }

    /// Checks what keys are asked to begin with.
    ///
    /// - Throws: `invalid` if no key can.
    static func check(prefix: String) throws(BlobError) {
        guard prefix.utf8.count <= BlobLimits.keyBytesMax,
            prefix.utf8.allSatisfy({ isAllowed($0) || $0 == UInt8(ascii: "/") })
        else { throw BlobError(.invalid, "no key begins like that") }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
