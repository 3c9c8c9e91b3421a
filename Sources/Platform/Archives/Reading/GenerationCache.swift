/// Keeps values up to what they weigh together; of what was not used for longest some is forgotten when there is too much.
///
/// Two generations stand in for an exact order: what is used is moved to the young one; when that has half of the weight it becomes the old one, and
/// what was left of the old one goes.
struct GenerationCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        var cost: Int
    }

    private let generationCostMax: Int
    private var young: [Key: Entry] = [:]
    private var youngCost = 0
    private var old: [Key: Entry] = [:]

    /// An empty cache of so much weight.
    init(costMax: Int) {
        generationCostMax = costMax / 2
    }

    /// The value of a key, which is young again then.
    mutating func find(_ key: Key) -> Value? {
        if let entry = young[key] { return entry.value }
        guard let entry = old.removeValue(forKey: key) else { return nil }
        add(entry, key)
        return entry.value
    }

    /// Keeps a value; one that weighs more than half of all is not kept.
    mutating func insert(_ value: Value, of key: Key, cost: Int) {
        guard cost <= generationCostMax, young[key] == nil else { return }
        old[key] = nil
        add(Entry(value: value, cost: cost), key)
    }

    /// Forgets a key.
    mutating func remove(_ key: Key) {
        if let entry = young.removeValue(forKey: key) { youngCost -= entry.cost }
        old[key] = nil
    }

    private mutating func add(_ entry: Entry, _ key: Key) {
        if youngCost + entry.cost > generationCostMax {
            old = young
            young = [:]
            youngCost = 0
        }
        young[key] = entry
        youngCost += entry.cost
    }

    /// What everything in it weighs.
    var cost: Int { youngCost + old.values.reduce(0) { $0 + $1.cost } }
}
