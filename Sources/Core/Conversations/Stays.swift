/// An account's stays in a group or a channel, by the seqs of the events that it may see, in order.
///
/// A stay has its first seq as its name: whatever says twice, or late, that somebody comes or goes changes nothing.
public struct Stays: Equatable, Sendable {
    /// From the event by which the account came to that by which it went; `UInt64.max`: it has not gone.
    public private(set) var ranges: [ClosedRange<UInt64>] = []

    /// None so far.
    public init() {}

    /// Whether the event of this seq may be seen.
    public func sees(_ seq: UInt64) -> Bool {
        ranges.contains { $0.contains(seq) }
    }

    /// Whether the last stay has not ended.
    public var isOpen: Bool { ranges.last?.upperBound == .max }

    /// The account comes by the event of this seq, unless that is known.
    public mutating func join(_ seq: UInt64) {
        guard !ranges.contains(where: { $0.lowerBound == seq }) else { return }
        insert(seq...UInt64.max)
    }

    /// The account goes by the event of this seq, unless that is known.
    public mutating func leave(_ seq: UInt64) {
        guard let place = ranges.lastIndex(where: { $0.lowerBound <= seq }),
            ranges[place].upperBound == .max
        else { return }
        ranges[place] = ranges[place].lowerBound...seq
    }

    /// A stay as it was stored.
    public mutating func insert(_ range: ClosedRange<UInt64>) {
        let place = ranges.firstIndex { $0.lowerBound > range.lowerBound } ?? ranges.count
        ranges.insert(range, at: place)
        // As many as the conversation itself keeps.
        if ranges.count > ConversationMembers.staysMax + 1 { ranges.removeFirst() }
    }
}
