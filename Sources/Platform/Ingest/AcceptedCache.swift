import Conversations

/// The latest acceptances, at most so many, in two generations: a repeated submission gets the first answer.
///
/// What is a repetition is what it is for the router: the same id in another conversation asks for something else.
struct AcceptedCache: Sendable {
    private let generationMax: Int
    private var young: [SubmissionKey: Accepted] = [:]
    private var old: [SubmissionKey: Accepted] = [:]

    init(entriesMax: Int) {
        generationMax = max(1, entriesMax / 2)
    }

    var count: Int { young.count + old.count }

    func find(_ key: SubmissionKey) -> Accepted? { young[key] ?? old[key] }

    /// Remembers an acceptance unless there is one; gives the one that stands.
    @discardableResult
    mutating func insert(_ key: SubmissionKey, _ accepted: Accepted) -> Accepted {
        if let first = find(key) { return first }
        if young.count >= generationMax {
            old = young
            young = [:]
        }
        young[key] = accepted
        return accepted
    }
}
