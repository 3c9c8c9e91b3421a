/// A mark for each of many places, of which the lowest is known: over all, and over all but one.
///
/// A binary heap that knows where each place's mark is: setting and removing one is O(log n), asking O(1). As long as there
/// are few, the heap is searched instead, so that a conversation of two needs no more room than its marks.
/// Source: Sedgewick and Wayne, "Algorithms", 4th edition, 2.4, index priority queues.
struct LowestMarks {
    private struct Entry {
        var mark: UInt64
        var place: Int32
    }

    /// Up to so many the heap is searched.
    private static let scanMax = 8

    private var heap: [Entry] = []
    /// Where in the heap each place is, -1: it is not; empty while the heap is searched instead.
    private var indices: [Int32] = []
    /// How many entries were looked at in order to change something; tests of the cost read it.
    private(set) var steps = 0

    /// How many places have a mark.
    var count: Int { heap.count }

    /// A place with the lowest mark.
    var lowest: (place: Int, mark: UInt64)? {
        heap.first.map { (Int($0.place), $0.mark) }
    }

    /// The lowest mark of all places but this one, which may have none.
    func lowest(except place: Int) -> UInt64? {
        guard let root = heap.first else { return nil }
        if root.place != place { return root.mark }
        // The second lowest is a child of the root.
        guard heap.count > 1 else { return nil }
        return heap.count > 2 ? min(heap[1].mark, heap[2].mark) : heap[1].mark
    }

    /// The mark of a place.
    subscript(place: Int) -> UInt64? { index(of: place).map { heap[$0].mark } }

    /// Gives a place a mark, or another one.
    mutating func set(_ place: Int, _ mark: UInt64) {
        let entry = Entry(mark: mark, place: Int32(place))
        guard let index = index(of: place) else {
            heap.append(entry)
            makeRoom(for: place)
            rise(entry, from: heap.count - 1)
            return
        }
        if mark < heap[index].mark { rise(entry, from: index) } else { sink(entry, from: index) }
    }

    /// Takes a place's mark away, if it has one.
    mutating func remove(_ place: Int) {
        guard let index = index(of: place), let last = heap.popLast() else { return }
        if !indices.isEmpty { indices[place] = -1 }
        guard index < heap.count else { return }
        if last.mark < heap[index].mark { rise(last, from: index) } else { sink(last, from: index) }
    }

    private func index(of place: Int) -> Int? {
        guard !indices.isEmpty else { return heap.firstIndex { $0.place == place } }
        guard place < indices.count, indices[place] >= 0 else { return nil }
        return Int(indices[place])
    }

    /// Makes room for the index of a place that was added at the heap's end.
    private mutating func makeRoom(for place: Int) {
        if indices.isEmpty {
            guard heap.count > Self.scanMax else { return }
            let highest = heap.map(\.place).max() ?? 0
            indices = Array(repeating: -1, count: Int(highest) + 1)
            for (index, entry) in heap.enumerated() { indices[Int(entry.place)] = Int32(index) }
        } else if place >= indices.count {
            indices.append(contentsOf: repeatElement(-1, count: place + 1 - indices.count))
        }
    }

    private mutating func put(_ entry: Entry, at index: Int) {
        steps &+= 1
        heap[index] = entry
        if !indices.isEmpty { indices[Int(entry.place)] = Int32(index) }
    }

    private mutating func rise(_ entry: Entry, from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard entry.mark < heap[parent].mark else { break }
            put(heap[parent], at: index)
            index = parent
        }
        put(entry, at: index)
    }

    private mutating func sink(_ entry: Entry, from start: Int) {
        var index = start
        while 2 * index + 1 < heap.count {
            var child = 2 * index + 1
            if child + 1 < heap.count, heap[child + 1].mark < heap[child].mark { child += 1 }
            guard heap[child].mark < entry.mark else { break }
            put(heap[child], at: index)
            index = child
        }
        put(entry, at: index)
    }
}

extension LowestMarks {
    /// Of places with a message each, one whose message has been reached by the marks of all other places, and the lowest of those.
    ///
    /// With no others left nobody is waited for.
    static func reached(
        _ messages: LowestMarks,
        by marks: LowestMarks
    ) -> (place: Int, mark: UInt64)? {
        guard let first = messages.lowest, let lowest = marks.lowest else { return nil }
        let mark = marks.lowest(except: first.place) ?? .max
        if first.mark <= mark { return (first.place, mark) }
        // For all but one the lowest mark is the same. The one whose own it is may be further than the others.
        guard let seq = messages[lowest.place] else { return nil }
        let others = marks.lowest(except: lowest.place) ?? .max
        return seq <= others ? (lowest.place, others) : nil
    }
}
