import Events

/// The latest acceptances, at most so many, in two generations: a repeated id gets the first answer.
struct AcceptedCache: Sendable {
    struct Key: Hashable {
        let account: AccountID
        let id: SubmissionID
    }

    private let generationMax: Int
    private var young: [Key: Accepted] = [:]
    private var old: [Key: Accepted] = [:]

    init(entriesMax: Int) {
        generationMax = max(1, entriesMax / 2)
    }

    var count: Int { young.count + old.count }

    func find(_ key: Key) -> Accepted? { young[key] ?? old[key] }

    /// Remembers an acceptance unless there is one; gives the one that stands.
    @discardableResult
    mutating func insert(_ key: Key, _ accepted: Accepted) -> Accepted {
        if let first = find(key) { return first }
        if young.count >= generationMax {
            old = young
            young = [:]
        }
        young[key] = accepted
        return accepted
    }
}
