import NIOCore

/// Looks whether an answer is the one that was asked for.
///
/// It scans for the few fields that tell, which costs a fraction of reading the whole: the load generator shares the machine with what
/// it measures. A field's name with its quotes and colon stands nowhere else, since quotes in texts are escaped.
enum HistoryCheck {
    /// What was found.
    enum Verdict: Equatable, Sendable {
        case right
        /// Right as far as it goes; the index has not caught up with the log.
        case incomplete
        /// A word for what is wrong.
        case wrong(String)
    }

    /// Judges an answer.
    static func verdict(
        on answer: RequestConnection.Answer,
        to question: HistoryQuestion
    ) -> Verdict {
        guard answer.status == 200 else { return .wrong("http_\(answer.status)") }
        return answer.body.withUnsafeReadableBytes { bytes in
            let scan = JSONScan(bytes)
            switch question.expectation {
            case .events(let before, let count): return page(scan, before, count)
            case .conversations(let count): return list(scan, count)
            case .hits(let words, let arePrefixes, let atLeast):
                return hits(scan, words, arePrefixes, atLeast)
            }
        }
    }

    private static func page(_ scan: JSONScan, _ before: UInt64, _ count: Int) -> Verdict {
        if let part = scan.firstByte(of: "missing"), part == UInt8(ascii: "["),
            !scan.isEmptyArray(of: "missing")
        {
            return .wrong("missing")
        }
        let seqs = scan.numbers(of: "seq")
        guard seqs.count == count else { return .wrong("count") }
        let expected = (1...UInt64(count)).map { before - $0 }
        return seqs == expected ? .right : .wrong("seqs")
    }

    private static func list(_ scan: JSONScan, _ count: Int) -> Verdict {
        let times = scan.numbers(of: "last_server_timestamp")
        guard times.count == count else { return .wrong("count") }
        let isSorted = zip(times, times.dropFirst()).allSatisfy { $0 >= $1 }
        return isSorted ? .right : .wrong("order")
    }

    private static func hits(
        _ scan: JSONScan,
        _ words: [String],
        _ arePrefixes: Bool,
        _ atLeast: Int
    ) -> Verdict {
        guard scan.firstByte(of: "events") == UInt8(ascii: "[") else { return .wrong("shape") }
        let texts = scan.strings(of: "text")
        for text in texts {
            let found = text.split { !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }
            let isHit = words.allSatisfy { word in
                found.contains { candidate in
                    candidate.starts(with: word.utf8)
                        && (arePrefixes || candidate.count == word.utf8.count)
                }
            }
            guard isHit else { return .wrong("words") }
        }
        if scan.firstByte(of: "complete") == UInt8(ascii: "f") { return .incomplete }
        return texts.count >= atLeast ? .right : .wrong("count")
    }
}

/// Finds fields in JSON by their names, however deep, without reading the rest.
struct JSONScan {
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The numbers that fields of this name have, in their order.
    func numbers(of name: StaticString) -> [UInt64] {
        var numbers: [UInt64] = []
        forEachValue(of: name) { place in
            var number: UInt64 = 0
            var place = place
            while place < bytes.count, (48...57).contains(bytes[place]) {
                number = number &* 10 &+ UInt64(bytes[place] - 48)
                place += 1
            }
            numbers.append(number)
            return true
        }
        return numbers
    }

    /// The strings that fields of this name have, as they stand.
    func strings(of name: StaticString) -> [UnsafeRawBufferPointer.SubSequence] {
        var strings: [UnsafeRawBufferPointer.SubSequence] = []
        forEachValue(of: name) { place in
            guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return true }
            var end = place + 1
            while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
                end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
            }
            strings.append(bytes[(place + 1)..<min(end, bytes.count)])
            return true
        }
        return strings
    }

    /// The first byte of the first field of this name; `nil`: there is none.
    func firstByte(of name: StaticString) -> UInt8? {
        var first: UInt8?
        forEachValue(of: name) { place in
            first = place < bytes.count ? bytes[place] : nil
            return false
        }
        return first
    }

    /// Whether the first field of this name is an array without anything in it.
    func isEmptyArray(of name: StaticString) -> Bool {
        var isEmpty = false
        forEachValue(of: name) { place in
            isEmpty =
                place + 1 < bytes.count && bytes[place] == UInt8(ascii: "[")
                && bytes[place + 1] == UInt8(ascii: "]")
            return false
        }
        return isEmpty
    }

    /// Calls `body` with where each value begins, until it says no.
    private func forEachValue(of name: StaticString, _ body: (Int) -> Bool) {
        let count = name.utf8CodeUnitCount
        let letters = name.utf8Start
        var place = 0
        while place + count + 3 <= bytes.count {
            defer { place += 1 }
            guard bytes[place] == UInt8(ascii: "\""),
                bytes[place + count + 1] == UInt8(ascii: "\""),
                bytes[place + count + 2] == UInt8(ascii: ":"),
                (0..<count).allSatisfy({ bytes[place + 1 + $0] == letters[$0] })
            else { continue }
            guard body(place + count + 3) else { return }
        }
    }
}
