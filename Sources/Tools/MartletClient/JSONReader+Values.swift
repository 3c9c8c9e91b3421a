import Events

extension JSONReader {
    /// `true` or `false`; anything else is `nil`.
    mutating func bool() throws(Malformed) -> Bool? {
        let first = peek()
        guard first == UInt8(ascii: "t") || first == UInt8(ascii: "f") else {
            try skipValue()
            return nil
        }
        try skipWord()
        return first == UInt8(ascii: "t")
    }

    /// A number with or without a fraction, or `nil` for `null`.
    mutating func number() throws(Malformed) -> Double? {
        if try skipNull() {
            return nil
        }
        _ = peek()
        let start = index
        try skipWord()
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        guard let value = Double(text), value.isFinite else { throw Malformed() }
        return value
    }

    /// A moment in milliseconds since 1970, or `nil` for `null`.
    mutating func timestamp() throws(Malformed) -> Timestamp? {
        try integer().map { Timestamp(milliseconds: $0) }
    }

    /// A role, or `nil` for `null`.
    mutating func role() throws(Malformed) -> MemberRole? {
        try string().map { MemberRole(rawValue: $0) }
    }

    /// All elements of an array that `element` makes something of.
    mutating func elements<Element>(
        _ element: (inout JSONReader) throws(Malformed) -> Element?
    ) throws(Malformed) -> [Element] {
        var elements: [Element] = []
        try array { (reader) throws(Malformed) in
            if let next = try element(&reader) {
                elements.append(next)
            }
        }
        return elements
    }

    /// Reads a value whose shape may be another than was thought: then it is skipped, and the answer is `nil`.
    ///
    /// - Throws: what cannot even be skipped.
    mutating func tolerantly<Value>(
        _ read: (inout JSONReader) throws(Malformed) -> Value?
    ) throws(Malformed) -> Value? {
        let start = self
        do {
            return try read(&self)
        } catch {
            self = start
            try skipValue()
            return nil
        }
    }
}
