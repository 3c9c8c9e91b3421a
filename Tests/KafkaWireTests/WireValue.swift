import NIOCore

/// Looks into messages, which have no equality of their own.
enum WireValue {
    /// Whether two messages have the same fields with the same content.
    static func areEqual(_ left: Any, _ right: Any) -> Bool {
        if let left = left as? ByteBuffer, let right = right as? ByteBuffer { return left == right }
        if let left = left as? String, let right = right as? String { return left == right }
        if let left = left as? any FixedWidthInteger, let right = right as? any FixedWidthInteger {
            return Int64(truncatingIfNeeded: left) == Int64(truncatingIfNeeded: right)
        }
        if let left = left as? Bool, let right = right as? Bool { return left == right }
        let (left, right) = (Mirror(reflecting: left), Mirror(reflecting: right))
        // A leaf of another type would be equal to anything.
        guard left.subjectType == right.subjectType, left.children.count == right.children.count,
            left.displayStyle != nil
        else { return false }
        return zip(left.children, right.children).allSatisfy {
            $0.label == $1.label && areEqual($0.value, $1.value)
        }
    }

    /// The bytes of memory that a message's arrays and strings take; byte buffers share the storage of what was read.
    static func byteCount(of value: Any) -> Int {
        if value is ByteBuffer { return 0 }
        if let string = value as? String { return string.utf8.count }
        let own = (value as? any Allocated)?.allocatedBytes ?? 0
        return Mirror(reflecting: value).children.reduce(own) { $0 + byteCount(of: $1.value) }
    }
}

/// Something that has memory of its own.
private protocol Allocated {
    var allocatedBytes: Int { get }
}

extension Array: Allocated {
    fileprivate var allocatedBytes: Int { capacity * MemoryLayout<Element>.stride }
}
