import MartletClient

/// What of a conversation is in memory, by seq: ranges with gaps between them, what cannot be read, what is being fetched.
struct LoadedHistory: Equatable {
    /// How the last range goes on.
    enum End: Equatable {
        /// With what comes over the socket.
        case live
        /// Not certain: what comes over the socket begins a range of its own.
        case interrupted
        /// There is more, which is not here; what comes over the socket is not for the screen.
        case open
    }

    /// Events that are not here, between two that are.
    struct Gap: Equatable {
        /// The seq below it; `nil`: nothing is here that comes before it.
        let after: UInt64?
        /// The seq above it; `nil`: nothing is here that comes behind it.
        let before: UInt64?
    }

    /// What became of a request.
    enum Progress: Equatable {
        case loading
        /// It failed, with the words for it.
        case failed(String)
    }

    /// A page that was asked for.
    struct Fetch: Equatable {
        var progress = Progress.loading
        /// The highest seq that had been seen when it was asked for.
        let since: UInt64
        /// How many pages without anything to show it follows.
        let emptyBefore: Int
        /// Whether events were missed since it was asked for, so that it has to be asked for again.
        var isStale = false
    }

    private(set) var ranges: [ClosedRange<UInt64>] = []
    private(set) var missing: [MissingRange] = []
    private(set) var end = End.interrupted
    private var fetches: [HistoryRequest: Fetch] = [:]
    /// The highest seq that came over the socket and was not for the screen.
    private var skipped: UInt64 = 0

    /// The lowest seq that is here.
    var oldestSeq: UInt64? { ranges.first?.lowerBound }

    /// Whether nothing comes before what is here.
    var hasBeginning: Bool { oldestSeq == 0 }

    /// Whether an event is here, and can be read.
    func contains(_ seq: UInt64) -> Bool {
        ranges.contains { $0.contains(seq) }
            && !missing.contains { $0.fromSeq <= seq && seq <= $0.toSeq }
    }

    // MARK: Asking

    /// Notes that a page is asked for; `false`: it is under way already.
    mutating func begin(_ request: HistoryRequest, since seq: UInt64, emptyBefore: Int) -> Bool {
        guard fetches[request]?.progress != .loading else { return false }
        fetches[request] = Fetch(since: seq, emptyBefore: emptyBefore)
        return true
    }

    /// Whether a message is being fetched that one wants to go to.
    var isGoing: Bool {
        fetches.contains { request, fetch in
            if case .around = request { fetch.progress == .loading } else { false }
        }
    }

    /// Whether the newest page could not be fetched.
    var isWithoutNewest: Bool {
        if case .failed = fetches[.newest]?.progress { true } else { false }
    }

    /// The seq below a gap that is being filled from below; `nil`: none is.
    var growingSeq: UInt64? {
        for case (.after(let seq), let fetch) in fetches where fetch.progress == .loading {
            return seq
        }
        return nil
    }

    /// Notes that a page could not be fetched.
    mutating func fail(_ request: HistoryRequest, _ why: String) {
        guard fetches[request] != nil else { return }
        guard case .around = request else {
            fetches[request]?.progress = .failed(why)
            return
        }
        fetches[request] = nil
        if ranges.isEmpty {
            // Nothing is on show: then at least the way on is.
            fetches[.newest] = Fetch(progress: .failed(why), since: 0, emptyBefore: 0)
        }
    }

    /// Takes a page's place, where it is the answer to a request; `nil`: nobody waits for it.
    ///
    /// `top`: the highest seq on it, 0 if there is none.
    mutating func take(_ page: EventPage, top: UInt64, for request: HistoryRequest) -> Fetch? {
        guard let fetch = fetches.removeValue(forKey: request) else { return nil }
        let top = page.missing.reduce(top) { max($0, $1.toSeq) }
        var lower = page.nextBeforeSeq ?? 0
        let upper: UInt64
        switch request {
        case .newest: upper = max(top, lower)
        case .before(let seq): upper = max(seq, 1) - 1
        case .after(let seq):
            lower = seq
            upper = max(page.nextAfterSeq ?? top, seq)
        case .around(let seq): upper = max(page.nextAfterSeq ?? top, seq)
        }
        let range = min(lower, upper)...upper
        insert(range)
        replaceMissing(in: range, by: page.missing)
        fetches = fetches.filter { $0.key == .newest || $0.value.progress == .loading }
        switch request {
        case .before: break
        case .newest where !fetch.isStale: reachEnd()
        case .newest: break
        case .after, .around:
            // While it is not certain what was missed, only the newest page says it.
            guard end == .open, page.nextAfterSeq == nil, upper == ranges.last?.upperBound
            else { break }
            reachEnd()
        }
        return fetch
    }

    /// A page has brought the newest that the server has.
    private mutating func reachEnd() {
        guard end != .live, let last = ranges.last?.upperBound else { return }
        end = last >= skipped ? .live : .open
    }

    // MARK: What comes over the socket

    /// An event has come; says whether it is for the screen, where it is at any rate if `isShown`.
    mutating func take(live seq: UInt64, isShown: Bool = false) -> Bool {
        switch end {
        case .live:
            guard let last = ranges.last, seq > last.upperBound else { break }
            ranges[ranges.count - 1] = last.lowerBound...seq
        case .open where !isShown:
            guard !contains(seq) else { break }
            skipped = max(skipped, seq)
            return false
        case .interrupted, .open:
            insert(seq...seq)
            end = .live
        }
        return true
    }

    /// Events may have been missed.
    mutating func interrupt() {
        if end == .live { end = .interrupted }
        fetches[.newest]?.isStale = true
    }

    /// What comes behind the last range is not for the screen any more.
    mutating func leaveEnd() { end = .open }

    /// What comes from now on is for the screen again.
    mutating func returnToEnd() {
        if end == .open { end = .interrupted }
    }

    // MARK: Forgetting

    /// What lies below a seq is not here any more.
    mutating func forget(below seq: UInt64) {
        ranges = ranges.compactMap { range in
            range.upperBound < seq ? nil : max(range.lowerBound, seq)...range.upperBound
        }
        missing.removeAll { $0.toSeq < seq }
    }

    /// What lies above a seq is not here any more.
    mutating func forget(above seq: UInt64) {
        skipped = max(skipped, ranges.last?.upperBound ?? 0)
        ranges = ranges.compactMap { range in
            range.lowerBound > seq ? nil : range.lowerBound...min(range.upperBound, seq)
        }
        missing.removeAll { $0.fromSeq > seq }
        end = .open
    }

    // MARK: Ranges

    private mutating func insert(_ range: ClosedRange<UInt64>) {
        var whole = range
        var others: [ClosedRange<UInt64>] = []
        for other in ranges {
            let isApart =
                other.upperBound < whole.lowerBound && whole.lowerBound - other.upperBound > 1
                || whole.upperBound < other.lowerBound && other.lowerBound - whole.upperBound > 1
            if isApart {
                others.append(other)
            } else {
                whole =
                    min(
                        whole.lowerBound,
                        other.lowerBound
                    )...max(
                        whole.upperBound,
                        other.upperBound
                    )
            }
        }
        ranges = (others + [whole]).sorted { $0.lowerBound < $1.lowerBound }
    }

    /// What is said of a part replaces what was said of it before; neighbours of one kind become one.
    private mutating func replaceMissing(
        in range: ClosedRange<UInt64>,
        by told: [MissingRange]
    ) {
        var kept: [MissingRange] = []
        for old in missing {
            if old.fromSeq < range.lowerBound {
                var below = old
                below.toSeq = min(old.toSeq, range.lowerBound - 1)
                kept.append(below)
            }
            if old.toSeq > range.upperBound {
                var above = old
                above.fromSeq = max(old.fromSeq, range.upperBound + 1)
                kept.append(above)
            }
        }
        let inside = told.compactMap { range.clamped($0) }
        missing = []
        for next in (kept + inside).sorted(by: { $0.fromSeq < $1.fromSeq }) {
            if let last = missing.last, last.reason == next.reason,
                next.fromSeq <= last.toSeq || next.fromSeq - last.toSeq == 1
            {
                missing[missing.count - 1].toSeq = max(last.toSeq, next.toSeq)
            } else {
                missing.append(next)
            }
        }
    }

    // MARK: Marks

    /// What stands between the lines, in order.
    var marks: [HistoryMark] {
        var marks = gaps.map { gap in
            HistoryMark(place: gap.before ?? HistoryMark.end, kind: .gap(gap, progress(of: gap)))
        }
        if hasBeginning { marks.append(HistoryMark(place: 0, kind: .beginning)) }
        marks += missing.map { HistoryMark(place: $0.fromSeq, kind: .missing($0)) }
        if let progress = newestProgress {
            marks.append(HistoryMark(place: HistoryMark.end, kind: .newest(progress)))
        }
        return marks.enumerated().sorted { ($0.1.place, $0.0) < ($1.1.place, $1.0) }.map(\.1)
    }

    private var gaps: [Gap] {
        var gaps: [Gap] = []
        if let oldestSeq, oldestSeq > 0 { gaps.append(Gap(after: nil, before: oldestSeq)) }
        for (lower, upper) in zip(ranges, ranges.dropFirst()) {
            gaps.append(Gap(after: lower.upperBound, before: upper.lowerBound))
        }
        if end == .open { gaps.append(Gap(after: ranges.last?.upperBound, before: nil)) }
        return gaps
    }

    /// What becomes of the newest page, or where nothing is on show of any.
    private var newestProgress: Progress? {
        if let fetch = fetches[.newest] { return fetch.progress }
        return ranges.isEmpty && isGoing ? .loading : nil
    }

    private func progress(of gap: Gap) -> Progress? {
        let requests = [gap.before.map { HistoryRequest.before($0) }, gap.after.map { .after($0) }]
        let found = requests.compactMap { $0.flatMap { fetches[$0]?.progress } }
        return found.contains(.loading) ? .loading : found.first
    }
}

extension ClosedRange<UInt64> {
    /// The part of what is missing that lies in this one; `nil`: none.
    fileprivate func clamped(_ missing: MissingRange) -> MissingRange? {
        guard missing.fromSeq <= upperBound, missing.toSeq >= lowerBound else { return nil }
        return MissingRange(
            fromSeq: Swift.max(missing.fromSeq, lowerBound),
            toSeq: Swift.min(missing.toSeq, upperBound),
            reason: missing.reason
        )
    }
}
