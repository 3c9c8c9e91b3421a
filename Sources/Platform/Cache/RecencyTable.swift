/// What a memory cache holds, in the order of its last use: when there is too much, what was not used for longest goes.
///
/// The order is a doubly linked list through the places of an array, so every operation takes the same time however much there is.
struct RecencyTable: Sendable {
    /// What an entry costs beside its key and its value: its place, its share of the index, the headers of two arrays.
    static let entryBytes = 160

    private struct Entry {
        var key: CacheKey
        var value: [UInt8]
        var expiry: ContinuousClock.Instant
        var newer: Int?
        var older: Int?
    }

    private let bytesMax: Int
    private var entries: [Entry] = []
    /// Places of `entries` that hold nothing.
    private var vacant: [Int] = []
    private var places: [CacheKey: Int] = [:]
    private var newest: Int?
    private var oldest: Int?
    /// What everything in it costs.
    private(set) var bytes = 0

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    var count: Int { places.count }

    /// The value of a key, which is the newest then; what has expired is dropped.
    mutating func find(_ key: CacheKey, at now: ContinuousClock.Instant) -> [UInt8]? {
        guard let place = places[key] else { return nil }
        guard entries[place].expiry > now else {
            remove(place)
            return nil
        }
        unlink(place)
        link(place)
        return entries[place].value
    }

    /// Puts a value in as the newest and drops the oldest until everything fits; what never fits is not taken.
    mutating func insert(
        _ key: CacheKey,
        _ value: [UInt8],
        until expiry: ContinuousClock.Instant
    ) {
        let cost = Self.cost(key, value)
        guard cost <= bytesMax else { return }
        if let place = places[key] { remove(place) }
        while bytes > bytesMax - cost, let oldest { remove(oldest) }
        let entry = Entry(key: key, value: value, expiry: expiry)
        let place: Int
        if let free = vacant.popLast() {
            place = free
            entries[place] = entry
        } else {
            place = entries.count
            entries.append(entry)
        }
        places[key] = place
        bytes += cost
        link(place)
    }

    /// The keys, the newest first.
    var keys: [CacheKey] {
        var keys: [CacheKey] = []
        var place = newest
        while let here = place {
            keys.append(entries[here].key)
            place = entries[here].older
        }
        return keys
    }

    private static func cost(_ key: CacheKey, _ value: [UInt8]) -> Int {
        entryBytes + key.bytes.count + value.count
    }

    private mutating func remove(_ place: Int) {
        unlink(place)
        bytes -= Self.cost(entries[place].key, entries[place].value)
        places[entries[place].key] = nil
        entries[place].value = []
        vacant.append(place)
    }

    private mutating func link(_ place: Int) {
        entries[place].older = newest
        entries[place].newer = nil
        if let newest { entries[newest].newer = place }
        newest = place
        if oldest == nil { oldest = place }
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (entries[place].newer, entries[place].older)
        if let newer { entries[newer].older = older } else { newest = older }
        if let older { entries[older].newer = newer } else { oldest = newer }
    }
}
