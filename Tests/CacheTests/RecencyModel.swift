@testable import Cache

/// What a `RecencyTable` should do, done slowly.
struct RecencyModel {
    private typealias Entry = (key: CacheKey, value: [UInt8], expiry: ContinuousClock.Instant)

    let bytesMax: Int
    /// The newest first.
    private var entries: [Entry] = []

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    var keys: [CacheKey] { entries.map(\.key) }

    var bytes: Int { entries.reduce(0) { $0 + Self.cost($1.key, $1.value) } }

    mutating func find(_ key: CacheKey, at now: ContinuousClock.Instant) -> [UInt8]? {
        guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
        let entry = entries.remove(at: index)
        guard entry.expiry > now else { return nil }
        entries.insert(entry, at: 0)
        return entry.value
    }

    mutating func insert(
        _ key: CacheKey,
        _ value: [UInt8],
        until expiry: ContinuousClock.Instant
    ) {
        guard Self.cost(key, value) <= bytesMax else { return }
        entries.removeAll { $0.key == key }
        entries.insert((key, value, expiry), at: 0)
        while bytes > bytesMax { entries.removeLast() }
    }

    private static func cost(_ key: CacheKey, _ value: [UInt8]) -> Int {
        RecencyTable.entryBytes + key.bytes.count + value.count
    }
}
