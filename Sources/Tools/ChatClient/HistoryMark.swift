import MartletClient

/// What stands between the lines of a conversation where there are none.
struct HistoryMark: Equatable {
    enum Kind: Equatable {
        /// Nothing comes before.
        case beginning
        /// Messages that are not here; what became of the attempt to fetch some.
        case gap(LoadedHistory.Gap, LoadedHistory.Progress?)
        /// The newest messages, which are being fetched or could not be.
        case newest(LoadedHistory.Progress)
        /// Messages that cannot be read.
        case missing(MissingRange)
    }

    /// The end of the conversation.
    static let end = UInt64.max

    /// It stands before the first line with that seq or a higher one.
    let place: UInt64
    let kind: Kind

    /// The page that takes a person further up, or down, from here; `nil`: none.
    func request(goingUp: Bool) -> HistoryRequest? {
        switch kind {
        case .beginning, .gap(_, .loading), .newest(.loading): return nil
        case .newest(.failed): return .newest
        case .missing(let range):
            // What is damaged stays so for longer than a person looks at it.
            return range.reason == .archiveCorrupt ? nil : .before(range.toSeq + 1)
        case .gap(let gap, _):
            let up = gap.before.map { HistoryRequest.before($0) }
            let down = gap.after.map { HistoryRequest.after($0) }
            return goingUp ? up : down
        }
    }

    /// What it says.
    var text: String {
        switch kind {
        case .beginning: "the beginning of the conversation"
        case .missing(let range): Self.words(range)
        case .newest(.loading): "loading messages…"
        case .newest(.failed(let why)):
            "the newest messages are not here: \(why); PageDown tries again"
        case .gap(let gap, .loading): "loading \(gap.age)messages…"
        case .gap(let gap, .failed(let why)):
            "no \(gap.age)messages: \(why); \(gap.keys) tries again"
        case .gap(let gap, nil): "… \(gap.age)messages: \(gap.keys)"
        }
    }

    private static func words(_ range: MissingRange) -> String {
        let messages =
            range.fromSeq == range.toSeq
            ? "message \(range.fromSeq)" : "messages \(range.fromSeq) to \(range.toSeq)"
        let text = "\(messages) can't be read at the moment"
        let again = range.reason == .archiveCorrupt ? "" : "; PageUp tries again"
        return "\(text) (\(range.reason.words))\(again)"
    }
}

extension MissingRange.Reason {
    /// Why something cannot be read.
    var words: String {
        switch self {
        case .archiveCorrupt: "archive damaged"
        case .archiveUnavailable: "archive out of reach"
        default: rawValue
        }
    }
}

extension LoadedHistory.Gap {
    fileprivate var age: String {
        switch (after, before) {
        case (nil, _): "older "
        case (_, nil): "newer "
        default: "more "
        }
    }

    fileprivate var keys: String {
        switch (after, before) {
        case (nil, _): "PageUp"
        case (_, nil): "PageDown"
        default: "PageUp or PageDown"
        }
    }
}
