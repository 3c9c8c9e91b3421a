/// A group's ticks by their definition: everything is kept, and looked at as a whole.
struct GroupModel {
    /// Members, with the seq of the event that they came by.
    private(set) var members: [Int: UInt64] = [:]
    /// The last that left the only member alone.
    private var lingering: (number: Int, since: UInt64)?
    /// The messages of each that had a recipient.
    private var sent: [Int: [UInt64]] = [:]
    private var marks: [Int: Told] = [:]
    /// How far each has read, in private or not.
    private var own: [Int: UInt64] = [:]

    mutating func join(_ number: Int, at seq: UInt64) {
        members[number] = seq
        lingering = nil
    }

    mutating func leave(_ number: Int) {
        guard let since = members.removeValue(forKey: number) else { return }
        lingering = members.count == 1 ? (number, since) : nil
    }

    mutating func post(by number: Int, at seq: UInt64) {
        if members.count > 1 { sent[number, default: []].append(seq) }
    }

    mutating func mark(_ number: Int, delivered: UInt64, read: UInt64, isPrivate: Bool) {
        let old = marks[number] ?? Told()
        marks[number] = Told(
            delivered: max(old.delivered, delivered, read),
            read: max(old.read, isPrivate ? 0 : read)
        )
        own[number] = max(own[number] ?? 0, read)
    }

    /// How far an account has read what there is.
    func ownRead(of number: Int, lastSeq: UInt64) -> UInt64 { min(own[number] ?? 0, lastSeq) }

    /// How far others may know that an account has read.
    func publicRead(of number: Int) -> UInt64 { marks[number]?.read ?? 0 }

    /// Whether it wrote to anybody.
    func hasSent(_ number: Int) -> Bool { sent[number] != nil }

    /// The ticks of a member: all that the others there are now have, of what they had to get.
    func ticks(of number: Int) -> Told {
        var others = members.filter { $0.key != number }.map { ($0.key, $0.value) }
        if let lingering, lingering.number != number {
            others.append((lingering.number, lingering.since))
        }
        var lowest = Told(delivered: .max, read: .max)
        for (other, since) in others {
            let mark = marks[other] ?? Told()
            lowest.delivered = min(lowest.delivered, max(mark.delivered, since - 1))
            lowest.read = min(lowest.read, max(mark.read, since - 1))
        }
        let seqs = sent[number] ?? []
        return Told(
            delivered: seqs.last { $0 <= lowest.delivered } ?? 0,
            read: seqs.last { $0 <= lowest.read } ?? 0
        )
    }
}
