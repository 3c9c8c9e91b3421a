import Synchronization

/// The posts of a run, shared by the workers: when each was due, and who still lacks it.
final class CrowdLedger: Sendable {
    /// What became of the posts.
    struct Summary: Sendable, Equatable {
        var started = 0
        /// The log has them: it said so, or somebody received them.
        var accepted = 0
        var refused = 0
        var refusals: [String: Int] = [:]
        /// Neither accepted nor refused, and received by nobody.
        var unanswered = 0
        /// Deliveries that are owed for accepted posts and did not happen.
        var missing = 0
    }

    private static let acceptedBit: UInt8 = 1
    private static let refusedBit: UInt8 = 2

    private struct State {
        var due: [UInt64] = []
        var flags: [UInt8] = []
        /// How many sockets each has not reached.
        var remaining: [Int32] = []
        var tokens: Int?
        var refusals: [String: Int] = [:]
        var deliveries = 0
        var answers = 0
        var open = 0
    }

    private let sockets: Int
    private let postsMax: Int
    private let state: Mutex<State>

    /// A run with so many sockets; with `outstanding`, so many posts are under way at most.
    init(sockets: Int, postsMax: Int?, outstanding: Int?) {
        self.sockets = sockets
        self.postsMax = postsMax ?? .max
        var state = State()
        state.tokens = outstanding
        self.state = Mutex(state)
    }

    /// Notes a post that is due at this time; its number, or `nil`: there are enough.
    ///
    /// What only finds out whether everybody is there is not counted among `postsMax` and those under way.
    func start(due time: UInt64, isProbe: Bool = false) -> Int? {
        state.withLock { state in
            if !isProbe {
                guard state.due.count <= postsMax, state.tokens ?? 1 > 0 else { return nil }
                state.tokens = state.tokens.map { $0 - 1 }
            }
            state.due.append(time)
            state.flags.append(0)
            state.remaining.append(Int32(sockets))
            state.open += 1
            return state.due.count - 1
        }
    }

    /// Notes that a socket has a post for the first time; when it was due, or `nil`: there is no such post.
    func deliver(_ number: Int) -> UInt64? {
        state.withLock { state in
            guard state.due.indices.contains(number), state.remaining[number] > 0 else {
                return nil
            }
            state.remaining[number] -= 1
            state.deliveries += 1
            if state.remaining[number] == 0 { close(number, &state) }
            return state.due[number]
        }
    }

    /// Notes that the log has a post; when it was due, or `nil`: that was known.
    func accept(_ number: Int) -> UInt64? {
        state.withLock { state in
            guard state.due.indices.contains(number), state.flags[number] == 0 else { return nil }
            state.flags[number] = Self.acceptedBit
            state.answers += 1
            return state.due[number]
        }
    }

    /// Notes that a post was refused.
    func refuse(_ number: Int, code: String) {
        state.withLock { state in
            guard state.due.indices.contains(number),
                state.flags[number] & Self.refusedBit == 0
            else { return }
            state.flags[number] = Self.refusedBit
            state.answers += 1
            state.refusals[code, default: 0] += 1
            if state.remaining[number] > 0 { close(number, &state) }
            state.remaining[number] = 0
        }
    }

    /// Nothing more is expected of a post.
    private func close(_ number: Int, _ state: inout State) {
        state.open -= 1
        if number > 0 { state.tokens = state.tokens.map { $0 + 1 } }
    }

    /// How many deliveries there were.
    var deliveries: Int { state.withLock { $0.deliveries } }

    /// Whether every post has reached everybody, or was refused.
    var isComplete: Bool { state.withLock { $0.open == 0 } }

    /// Whether as many posts have been started as there are to be.
    var isFull: Bool { state.withLock { $0.due.count > postsMax } }

    /// Grows with everything that arrives: standing still means that nothing does.
    var progress: Int { state.withLock { $0.deliveries + $0.answers } }

    /// What became of the posts so far.
    var summary: Summary {
        state.withLock { state in
            var summary = Summary(started: state.due.count, refusals: state.refusals)
            for number in state.due.indices {
                let remaining = Int(state.remaining[number])
                if state.flags[number] & Self.refusedBit != 0 {
                    summary.refused += 1
                } else if state.flags[number] & Self.acceptedBit != 0 || remaining < sockets {
                    summary.accepted += 1
                    summary.missing += remaining
                } else {
                    summary.unanswered += 1
                }
            }
            return summary
        }
    }
}
