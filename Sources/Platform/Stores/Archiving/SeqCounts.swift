/// The message counts at the events of an archived stretch, in few bytes: what unread messages are counted from.
///
/// For each event how much seq and message count have grown since the one before, as variable-length numbers of 7 bits a byte, the lowest first.
public struct SeqCounts: Hashable, Sendable {
    /// The encoded form.
    public private(set) var bytes: [UInt8] = []
    private var lastSeq: UInt64 = 0
    private var lastCount: UInt64 = 0

    /// Counts of no event.
    public init() {}

    /// Counts that were encoded before.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Adds the next event; seqs grow, counts do not fall.
    public mutating func append(seq: Int64, messageCount: Int64) {
        let (seq, count) = (UInt64(clamping: seq), UInt64(clamping: messageCount))
        append(seq &- lastSeq)
        append(count &- lastCount)
        lastSeq = seq
        lastCount = count
    }

    /// The message count of the last event up to a seq; `nil` if all of them come after it.
    public func messageCount(at seq: Int64) -> Int64? {
        var place = bytes.startIndex
        var at: UInt64 = 0
        var count: UInt64 = 0
        var found: UInt64?
        while let step = next(&place), let growth = next(&place) {
            at &+= step
            guard at <= UInt64(clamping: seq) else { break }
            count &+= growth
            found = count
        }
        return found.map { Int64(clamping: $0) }
    }

    private mutating func append(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private func next(_ place: inout Int) -> UInt64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while place < bytes.endIndex, shift < 64 {
            let byte = bytes[place]
            place += 1
            number |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return number }
            shift += 7
        }
        return nil
    }
}
