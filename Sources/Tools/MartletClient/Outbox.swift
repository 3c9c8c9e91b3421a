import DequeModule
import Events
import NIOCore

/// The submissions that have no answer yet, in the order in which they are to go out.
///
/// A value without I/O. What was sent and not answered goes back among the unsent when the connection ends,
/// when the answer is "not now", and when the answer stays away.
struct Outbox {
    private struct Entry {
        let message: OutgoingMessage
        let number: UInt64
        var sentAt: NIODeadline?
        var wasSent = false
    }

    private let inFlightMax: Int
    private let countMax: Int
    private let bytesMax: Int
    private var entries: [SubmissionID: Entry] = [:]
    private var unsent: Deque<SubmissionID> = []
    private var bytes = 0
    private var lastNumber: UInt64 = 0
    private(set) var repeated = 0

    init(inFlightMax: Int, countMax: Int, bytesMax: Int) {
        self.inFlightMax = inFlightMax
        self.countMax = countMax
        self.bytesMax = bytesMax
    }

    var count: Int { entries.count }

    /// Takes a message; `false`: there is no room.
    ///
    /// A message that is in here already is not taken twice.
    mutating func insert(_ message: OutgoingMessage) -> Bool {
        guard entries[message.id] == nil else { return true }
        let size = message.contentBytes
        guard entries.count < countMax, bytes + size <= bytesMax else { return false }
        lastNumber += 1
        entries[message.id] = Entry(message: message, number: lastNumber)
        unsent.append(message.id)
        bytes += size
        return true
    }

    /// Takes out what may be sent now, in order.
    mutating func nextToSend(now: NIODeadline) -> [OutgoingMessage] {
        var messages: [OutgoingMessage] = []
        while let id = unsent.first {
            guard var entry = entries[id] else {
                unsent.removeFirst()
                continue
            }
            guard entries.count - unsent.count < inFlightMax else { break }
            unsent.removeFirst()
            repeated += entry.wasSent ? 1 : 0
            entry.sentAt = now
            entry.wasSent = true
            entries[id] = entry
            messages.append(entry.message)
        }
        return messages
    }

    /// Forgets a message that was answered; `false`: it was not in here.
    mutating func remove(_ id: SubmissionID) -> Bool {
        guard let entry = entries.removeValue(forKey: id) else { return false }
        bytes -= entry.message.contentBytes
        if entry.sentAt == nil, let place = unsent.firstIndex(of: id) {
            unsent.remove(at: place)
        }
        return true
    }

    /// Puts a message back among the unsent, at its place in the order.
    mutating func putBack(_ id: SubmissionID) {
        guard var entry = entries[id], entry.sentAt != nil else { return }
        entry.sentAt = nil
        entries[id] = entry
        let place = unsent.firstIndex { other in
            entries[other].map { $0.number > entry.number } ?? false
        }
        unsent.insert(id, at: place ?? unsent.endIndex)
    }

    /// Puts back everything that was sent.
    mutating func putBackAll() {
        unsent = Deque(entries.values.sorted { $0.number < $1.number }.map(\.message.id))
        for id in unsent {
            entries[id]?.sentAt = nil
        }
    }

    /// Puts back what was sent before this time; says whether there was any.
    mutating func putBackSent(before time: NIODeadline) -> Bool {
        let late = entries.values.filter { entry in entry.sentAt.map { $0 < time } ?? false }
        for entry in late {
            putBack(entry.message.id)
        }
        return !late.isEmpty
    }
}
