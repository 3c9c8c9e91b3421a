import Events

/// There is room again later.
struct RetryLater: Error, Equatable {
    let after: Duration
}

/// What began and has not ended yet, finished or not: bounded in all, and for each of those who begin.
struct RecentStarts<ID: Sendable, Subject: Hashable & Sendable>: Sendable {
    private struct Start {
        let id: ID
        let subject: Subject
        let ends: Timestamp
    }

    private let startsMax: Int
    private let perSubjectMax: Int
    /// The oldest first.
    private var starts: [Start] = []
    private var head = 0
    private var endsBySubject: [Subject: [Timestamp]] = [:]

    init(startsMax: Int, perSubjectMax: Int) {
        self.startsMax = startsMax
        self.perSubjectMax = perSubjectMax
    }

    /// How many have not ended.
    var count: Int { starts.count - head }

    /// Notes a start; what has ended is to be taken out first.
    ///
    /// - Throws: `RetryLater` if there is no room, in all or for its subject.
    mutating func begin(
        _ id: ID,
        by subject: Subject,
        until end: Timestamp,
        at now: Timestamp
    ) throws(RetryLater) {
        let ends = endsBySubject[subject] ?? []
        if ends.count >= perSubjectMax, let first = ends.first {
            throw RetryLater(after: first - now)
        }
        if count >= startsMax, head < starts.count {
            throw RetryLater(after: starts[head].ends - now)
        }
        starts.append(Start(id: id, subject: subject, ends: end))
        endsBySubject[subject] = ends + [end]
    }

    /// Takes out what has ended.
    mutating func takeEnded(at now: Timestamp) -> [ID] {
        var ended: [ID] = []
        while head < starts.count, starts[head].ends <= now {
            let start = starts[head]
            ended.append(start.id)
            let left = (endsBySubject[start.subject] ?? []).dropFirst()
            endsBySubject[start.subject] = left.isEmpty ? nil : Array(left)
            head += 1
        }
        if head > 64, head * 2 > starts.count {
            starts.removeFirst(head)
            head = 0
        }
        return ended
    }
}
