/// The value of a `Content-Range` header, such as `bytes 0-9/1000` (RFC 9110, section 14.4).
struct ContentRange: Hashable, Sendable {
    /// The bytes that came.
    let range: Range<Int64>
    /// How many there are in all, if the server says so.
    let size: Int64?

    /// Reads a header's value; `nil` if it contradicts itself or is something else.
    init?(_ text: String) {
        guard text.hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst("bytes ".count)
            .split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]),
            first <= last, last < .max
        else { return nil }
        range = first..<(last + 1)
        if parts[1] == "*" {
            size = nil
        } else {
            guard let size = Self.number(parts[1]), last < size else { return nil }
            self.size = size
        }
    }

    private static func number(_ digits: Substring) -> Int64? {
        digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(digits) : nil
    }
}
