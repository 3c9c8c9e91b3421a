import Events

/// Remembers verified tokens, at most so many, in two generations.
///
/// When the young generation is full the old one is forgotten and the young one becomes old: constant time, no bookkeeping per
/// look-up, and what is used stays.
struct TokenCache: Sendable {
    struct Entry: Sendable {
        let identity: Identity
        let expires: Timestamp
    }

    private let generationMax: Int
    private var young: [String: Entry] = [:]
    private var old: [String: Entry] = [:]

    init(entriesMax: Int) {
        generationMax = max(1, entriesMax / 2)
    }

    var count: Int { young.count + old.count }

    /// The token's identity, if it is known and good at this moment.
    mutating func find(_ token: String, at now: Timestamp) -> Identity? {
        if let entry = young[token] { return now < entry.expires ? entry.identity : nil }
        guard let entry = old.removeValue(forKey: token), now < entry.expires else { return nil }
        insert(token, entry)
        return entry.identity
    }

    mutating func insert(_ token: String, _ entry: Entry) {
        if young.count >= generationMax {
            old = young
            young = [:]
        }
        young[token] = entry
    }
}
