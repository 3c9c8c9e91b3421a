import Foundation

/// Bytes that grow at the end and keep their memory when they are emptied.
struct GrowingBytes: ~Copyable {
    /// Memory beyond this is given back when the bytes are emptied.
    private static let keptBytesMax = 1 << 20

    private var start: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 32) {
        start = .allocate(byteCount: capacity, alignment: 8)
        self.capacity = capacity
    }

    deinit {
        start.deallocate()
    }

    /// The bytes; valid until they are changed, and never a null pointer.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    mutating func removeAll() {
        count = 0
        guard capacity > Self.keptBytesMax else { return }
        start.deallocate()
        capacity = Self.keptBytesMax
        start = .allocate(byteCount: capacity, alignment: 8)
    }

    /// Appends a number as the protocol writes it, highest byte first.
    mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        let place = extend(by: MemoryLayout<Number>.size)
        place.storeBytes(of: number.bigEndian, as: Number.self)
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let place = extend(by: bytes.count)
        guard let source = bytes.baseAddress else { return }
        place.copyMemory(from: source, byteCount: bytes.count)
    }

    /// Appends the length of what follows, in four bytes, and then that.
    mutating func appendCounted(_ bytes: UnsafeRawBufferPointer) {
        append(Int32(bytes.count))
        append(bytes)
    }

    /// Appends a counted text; `false`, and nothing appended, if it contains NUL.
    mutating func appendCounted(_ text: String) -> Bool {
        Self.withBytes(of: text) { bytes in
            guard let bytes else { return false }
            appendCounted(bytes)
            return true
        }
    }

    mutating func put<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
        start.storeBytes(of: number.bigEndian, toByteOffset: offset, as: Number.self)
    }

    /// The UTF-8 of a text; `nil` if it contains NUL, which PostgreSQL's `text` can't hold.
    static func withBytes<Value>(
        of text: String,
        _ body: (UnsafeRawBufferPointer?) -> Value
    ) -> Value {
        var text = text
        return text.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            guard let start = bytes.baseAddress else { return body(bytes) }
            return body(memchr(start, 0, bytes.count) == nil ? bytes : nil)
        }
    }

    private mutating func extend(by more: Int) -> UnsafeMutableRawPointer {
        let needed = count + more
        if needed > capacity {
            let larger = max(needed, capacity * 2)
            let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
            moved.copyMemory(from: start, byteCount: count)
            start.deallocate()
            start = moved
            capacity = larger
        }
        defer { count = needed }
        return start + count
    }
}
