import NIOCore

/// The newest durable batches of a partition, in memory: a consumer that keeps up never touches the disk.
///
/// A batch that is not yet in its segment file is never dropped, so the cache together with the segment is always the whole log.
struct TailCache: Sendable {
    /// A batch.
    struct Entry: Sendable {
        let baseOffset: Int64
        let lastOffset: Int64
        let maxTimestamp: Int64
        let batch: ByteBuffer
    }

    private var entries: [Entry] = []
    private var first = 0
    /// The size of all batches in bytes.
    private(set) var byteCount = 0

    var isEmpty: Bool { first == entries.count }

    /// The first offset that is here.
    var startOffset: Int64? { isEmpty ? nil : entries[first].baseOffset }

    /// Adds the next batch.
    mutating func append(_ entry: Entry) {
        entries.append(entry)
        byteCount += entry.batch.readableBytes
    }

    /// Drops the oldest batches that are written, until the rest fits.
    mutating func trim(toBytes bytesMax: Int, writtenBefore end: Int64) {
        while byteCount > bytesMax, first < entries.count, entries[first].lastOffset < end {
            byteCount -= entries[first].batch.readableBytes
            entries[first] = Entry(
                baseOffset: 0,
                lastOffset: -1,
                maxTimestamp: 0,
                batch: ByteBuffer()
            )
            first += 1
        }
        if first > 64, first > entries.count / 2 {
            entries.removeFirst(first)
            first = 0
        }
    }

    /// The batches from the one with this offset on; the first whole, further ones while they fit.
    ///
    /// An array of their own: a slice would share the cache's storage, and the next append would copy all of it.
    ///
    /// - Returns: nothing if the offset is older than what is here.
    func batches(from offset: Int64, bytesMax: Int) -> [Entry] {
        guard let index = index(of: offset) else { return [] }
        var end = index
        var size = 0
        while end < entries.count {
            size += entries[end].batch.readableBytes
            if size > bytesMax, end > index { break }
            end += 1
        }
        return Array(entries[index..<end])
    }

    /// The size of the batches from an offset on, counted up to a limit; `nil` if older ones are needed.
    func byteCount(from offset: Int64, upTo limit: Int) -> Int? {
        guard let index = index(of: offset) else { return nil }
        var size = 0
        for entry in entries[index...] {
            size += entry.batch.readableBytes
            if size >= limit { break }
        }
        return size
    }

    /// The first batch with a timestamp that is not before this one.
    func firstBatch(notBefore timestamp: Int64) -> Entry? {
        entries[first...].first { $0.maxTimestamp >= timestamp }
    }

    /// The highest timestamp here.
    var maxTimestamp: Int64? { entries[first...].map(\.maxTimestamp).max() }

    /// The position of the batch with this offset.
    private func index(of offset: Int64) -> Int? {
        guard first < entries.count, entries[first].baseOffset <= offset else { return nil }
        var low = first
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].lastOffset < offset { low = middle + 1 } else { high = middle }
        }
        return low < entries.count ? low : nil
    }
}
