/// What a load of reading is: a value that a run only reads.
struct HistoryPlan: Sendable, Equatable {
    /// Which questions are asked, by their name on the command line.
    enum Load: String, CaseIterable, Sendable {
        case page
        case list
        case archived
        case search
        case mixed

        /// The kinds of questions, with how likely each is.
        var kinds: [(kind: HistoryQuestion.Kind, weight: Double)] {
            let searches: [HistoryQuestion.Kind] = [
                .searchCommon, .searchRare, .searchPrefix, .searchTwo, .searchInside,
            ]
            switch self {
            case .page: return [(.page, 1)]
            case .list: return [(.list, 1)]
            case .archived: return [(.archived, 1)]
            case .search: return searches.map { ($0, 1) }
            case .mixed: return [(.page, 8), (.list, 1)] + searches.map { ($0, 0.2) }
            }
        }
    }

    var load: Load
    /// Requests a second, whatever becomes of those before.
    var perSecond: Double
    /// How long is measured.
    var seconds: Double
    /// How long the load runs before that.
    var warmup: Double
    /// Connections, with one request at a time on each.
    var connections: Int
    /// How old, in days, archived pages are at least.
    var olderThanDays: Int
    /// Decides the questions.
    var seed: UInt64
    /// How long to wait, without any progress, for answers at the end.
    var drainSeconds: Double

    /// When, in nanoseconds after the start, the request of a number is due.
    func dueNanoseconds(_ number: Int) -> UInt64 { UInt64(Double(number) * 1e9 / perSecond) }
}
