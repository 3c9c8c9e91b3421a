import Events

/// Who waits for which delivery report, and how much room is left: the producer's bookkeeping as a value.
///
/// A record that is admitted gets a slot, whose number travels through the library and comes back in the report. Every
/// slot is taken out exactly once.
struct ReportTable<Waiter> {
    /// Why a record is not admitted.
    enum Refusal: Equatable {
        case noRoom
        case larger
    }

    /// What was kept for a record.
    struct Entry {
        let topic: Topic
        let bytes: Int
        let waiter: Waiter
    }

    private enum Slot {
        case free(next: Int)
        case taken(Entry)
    }

    private var slots: [Slot] = []
    private var firstFree = -1
    private let recordsMax: Int
    private let bytesMax: Int
    /// Records admitted and not yet taken out.
    private(set) var records = 0
    /// Their bytes.
    private(set) var bytes = 0

    init(recordsMax: Int, bytesMax: Int) {
        self.recordsMax = max(recordsMax, 1)
        self.bytesMax = max(bytesMax, 1)
    }

    /// Whether a record of so many bytes would be admitted.
    func refusal(of bytes: Int) -> Refusal? {
        if bytes > bytesMax { return .larger }
        return records < recordsMax && self.bytes + bytes <= bytesMax ? nil : .noRoom
    }

    /// Takes a record in; it must not be refused.
    mutating func admit(_ entry: Entry) -> Int {
        records += 1
        bytes += entry.bytes
        guard firstFree >= 0, case .free(let next) = slots[firstFree] else {
            slots.append(.taken(entry))
            return slots.count - 1
        }
        let slot = firstFree
        firstFree = next
        slots[slot] = .taken(entry)
        return slot
    }

    /// Takes a record out; `nil` if the slot is empty or none of ours.
    mutating func take(_ slot: Int) -> Entry? {
        guard slots.indices.contains(slot), case .taken(let entry) = slots[slot] else { return nil }
        slots[slot] = .free(next: firstFree)
        firstFree = slot
        records -= 1
        bytes -= entry.bytes
        return entry
    }

    /// Takes every record out, in no particular order.
    mutating func takeAll() -> [Entry] {
        slots.indices.compactMap { take($0) }
    }
}
