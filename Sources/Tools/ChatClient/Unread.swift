import Events

/// What came in a conversation that is not on show, and was not read elsewhere.
struct Unread: Equatable {
    /// Places kept; of more messages the oldest are not counted.
    static let countMax = 1000

    /// Who wrote last, or made one a member.
    private(set) var sender: AccountID
    private var seqs: [UInt64] = []

    /// Nothing so far.
    init(sender: AccountID) {
        self.sender = sender
    }

    /// How many messages.
    var count: Int { seqs.count }

    /// Counts a message.
    mutating func add(_ seq: UInt64, from sender: AccountID) {
        guard !seqs.contains(seq) else { return }
        self.sender = sender
        if seqs.count >= Self.countMax { seqs.removeFirst() }
        seqs.append(seq)
    }

    /// Takes those away that were read; says whether there were any, and none is left.
    mutating func read(upTo seq: UInt64) -> Bool {
        let before = seqs.count
        seqs.removeAll { $0 <= seq }
        return seqs.isEmpty && before > 0
    }
}
