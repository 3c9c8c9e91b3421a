package import NIOCore

/// Writes a JSON object, member by member.
package struct JSONObjectWriter {
    private var buffer = ByteBuffer()

    /// An object without members so far.
    package init() {}

    /// Adds a string.
    package mutating func add(_ key: StaticString, _ value: String) {
        begin(key)
        buffer.writeJSON(value)
    }

    /// Adds an integer.
    package mutating func add(_ key: StaticString, _ value: Int64) {
        begin(key)
        buffer.writeString(String(value))
    }

    /// Adds a number with a fraction; one that is not finite is 0.
    package mutating func add(_ key: StaticString, _ value: Double) {
        begin(key)
        buffer.writeString(value.isFinite ? "\(value)" : "0")
    }

    /// Adds `true` or `false`.
    package mutating func add(_ key: StaticString, _ value: Bool) {
        begin(key)
        buffer.writeStaticString(value ? "true" : "false")
    }

    /// Adds `null`.
    package mutating func addNull(_ key: StaticString) {
        begin(key)
        buffer.writeStaticString("null")
    }

    /// Adds strings.
    package mutating func add(_ key: StaticString, _ values: [String]) {
        array(key, values) { buffer, value in buffer.writeJSON(value) }
    }

    /// Adds integers.
    package mutating func add(_ key: StaticString, _ values: [Int]) {
        array(key, values) { buffer, value in buffer.writeString(String(value)) }
    }

    /// Adds an object.
    package mutating func add(_ key: StaticString, _ value: JSONObjectWriter) {
        begin(key)
        buffer.writeImmutableBuffer(value.finished)
    }

    /// Adds objects.
    package mutating func add(_ key: StaticString, _ values: [JSONObjectWriter]) {
        array(key, values) { buffer, value in buffer.writeImmutableBuffer(value.finished) }
    }

    private mutating func array<Value>(
        _ key: StaticString,
        _ values: [Value],
        _ write: (inout ByteBuffer, Value) -> Void
    ) {
        begin(key)
        buffer.writeStaticString("[")
        for (place, value) in values.enumerated() {
            buffer.writeStaticString(place == 0 ? "" : ",")
            write(&buffer, value)
        }
        buffer.writeStaticString("]")
    }

    private mutating func begin(_ key: StaticString) {
        buffer.writeStaticString(buffer.readableBytes == 0 ? "{\"" : ",\"")
        buffer.writeStaticString(key)
        buffer.writeStaticString("\":")
    }

    /// The object's bytes.
    package var finished: ByteBuffer {
        var result = buffer
        result.writeStaticString(buffer.readableBytes == 0 ? "{}" : "}")
        return result
    }

    /// The object's text.
    package var text: String { String(buffer: finished) }
}
