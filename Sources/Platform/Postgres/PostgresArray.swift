import CPostgres

/// An array parameter in the making, for `unnest($1::int8[], …)`; it is built once, in the form in which it is sent.
///
/// Emptied with `removeAll` it keeps its memory. It must not be changed between `bind` and the statement's execution.
public final class PostgresArray {
    /// What an array is of.
    public enum Element: Sendable {
        /// Numbers.
        case int8
        /// Bytes.
        case bytea
        /// Texts.
        case text
        /// Truth values.
        case bool

        fileprivate var oid: Oid {
            switch self {
            case .int8: PostgresType.int8
            case .bytea: PostgresType.bytea
            case .text: PostgresType.text
            case .bool: PostgresType.bool
            }
        }
    }

    private static let emptyBytes = 12
    private static let headerBytes = 20

    private let element: Element
    /// The array with room for its header, which depends on what follows.
    private var content = GrowingBytes(capacity: 256)
    private var hasNull = false

    /// How many elements it has.
    public private(set) var count = 0

    /// An empty array.
    public init(_ element: Element) {
        self.element = element
        removeAll()
    }

    /// How many bytes it will be on the wire.
    public var byteCount: Int { content.count }

    /// Empties it.
    public func removeAll() {
        content.removeAll()
        for _ in 0..<Self.headerBytes / 4 { content.append(Int32(0)) }
        count = 0
        hasNull = false
    }

    /// Appends NULL.
    public func appendNull() {
        content.append(Int32(-1))
        hasNull = true
        count += 1
    }

    /// Appends a number to an array of `int8`.
    public func append(_ number: Int64) {
        precondition(element == .int8)
        content.append(Int32(8))
        content.append(number)
        count += 1
    }

    /// Appends a number, or NULL, to an array of `int8`.
    public func append(_ number: Int64?) {
        guard let number else { return appendNull() }
        append(number)
    }

    /// Appends a truth value to an array of `bool`.
    public func append(bool value: Bool) {
        precondition(element == .bool)
        content.append(Int32(1))
        content.append(UInt8(value ? 1 : 0))
        count += 1
    }

    /// Appends bytes to an array of `bytea`.
    public func append(bytes: UnsafeRawBufferPointer) {
        precondition(element == .bytea)
        content.appendCounted(bytes)
        count += 1
    }

    /// Appends bytes, or NULL, to an array of `bytea`.
    public func append(bytes: [UInt8]?) {
        guard let bytes else { return appendNull() }
        bytes.withUnsafeBytes { append(bytes: $0) }
    }

    /// Appends bytes to an array of `bytea`.
    public func append(bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { append(bytes: $0) } }

    /// Appends a text, or NULL, to an array of `text`.
    ///
    /// - Throws: `PostgresError.Code.invalidText` if it contains NUL.
    public func append(text: String?) throws(PostgresError) {
        precondition(element == .text)
        guard let text else { return appendNull() }
        guard content.appendCounted(text) else { throw .nul }
        count += 1
    }

    /// The type of the array as a parameter.
    var type: Oid {
        switch element {
        case .int8: PostgresType.int8Array
        case .bytea: PostgresType.byteaArray
        case .text: PostgresType.textArray
        case .bool: PostgresType.boolArray
        }
    }

    /// The array as it is sent (`array_recv`): dimensions, null flag, element type, then length and first index, then the elements.
    var bytes: UnsafeRawBufferPointer {
        content.put(Int32(count == 0 ? 0 : 1), at: 0)
        content.put(Int32(hasNull ? 1 : 0), at: 4)
        content.put(element.oid, at: 8)
        content.put(Int32(count), at: 12)
        content.put(Int32(1), at: 16)
        let bytes = content.bytes
        return count == 0 ? UnsafeRawBufferPointer(rebasing: bytes[..<Self.emptyBytes]) : bytes
    }
}

extension PostgresError {
    /// A text that PostgreSQL can't store.
    static let nul = PostgresError(.invalidText, "a text contains NUL")
}
