import Events
import Histogram

/// What one worker has seen: counts, and latencies of the messages that are measured.
struct DirectTally: Sendable {
    /// What is measured from the time at which a message was due.
    enum Stage: String, CaseIterable, Sendable {
        /// The log has it.
        case accepted
        /// It is on the recipient's socket.
        case received
        /// The sender has two ticks.
        case delivered
        /// The sender has blue ticks.
        case read

        var bit: UInt8 {
            switch self {
            case .accepted: 1
            case .received: 2
            case .delivered: 4
            case .read: 8
            }
        }
    }

    private static let sequencedBit: UInt8 = 16
    private static let refusedBit: UInt8 = 32

    /// Nanoseconds of the loop's clock: messages due from here on are measured.
    var measuredFrom: UInt64 = .max
    /// Nanoseconds of the loop's clock: what arrives until here counts for the rate.
    var measuredUntil: UInt64 = .max
    private var due: [UInt64] = []
    private var states: [UInt8] = []
    private(set) var histograms = Stage.allCases.map { _ in Latency.histogram() }
    private(set) var arrivalsInWindow = 0
    private(set) var acceptedInWindow = 0
    private(set) var refusals: [String: Int] = [:]
    private var stageCounts = [Int](repeating: 0, count: Stage.allCases.count)
    var refused = 0
    var doubled = 0
    var outOfOrder = 0
    var ticksBackwards = 0
    var resends = 0
    var disconnects = 0

    /// Messages started.
    var started: Int { due.count }

    /// Messages that reached a stage.
    func count(_ stage: Stage) -> Int { stageCounts[Self.index(stage)] }

    private static func index(_ stage: Stage) -> Int {
        switch stage {
        case .accepted: 0
        case .received: 1
        case .delivered: 2
        case .read: 3
        }
    }

    /// Notes a message that is due at this time; its number.
    mutating func start(due time: UInt64) -> Int {
        due.append(time)
        states.append(0)
        return due.count - 1
    }

    /// Notes that a message reached a stage; `false`: it had before, or there is no such message.
    mutating func reach(_ stage: Stage, _ number: Int, at now: UInt64) -> Bool {
        guard states.indices.contains(number), states[number] & stage.bit == 0 else { return false }
        states[number] |= stage.bit
        let place = Self.index(stage)
        stageCounts[place] += 1
        if now >= measuredFrom, now < measuredUntil {
            arrivalsInWindow += stage == .received ? 1 : 0
            acceptedInWindow += stage == .accepted ? 1 : 0
        }
        if due[number] >= measuredFrom {
            histograms[place].record(Latency.microseconds(from: due[number], to: now))
        }
        return true
    }

    /// Notes that a message has its place in its conversation; `false`: it was known.
    mutating func sequence(_ number: Int) -> Bool {
        guard states.indices.contains(number), states[number] & Self.sequencedBit == 0 else {
            return false
        }
        states[number] |= Self.sequencedBit
        return true
    }

    /// Notes a refusal.
    mutating func refuse(_ number: Int, code: String) -> Bool {
        guard states.indices.contains(number),
            states[number] & (Self.refusedBit | Stage.accepted.bit) == 0
        else { return false }
        states[number] |= Self.refusedBit
        refused += 1
        refusals[code, default: 0] += 1
        return true
    }

    /// Messages that the log has and the recipient has not.
    var lost: Int {
        states.count {
            $0 & (Stage.accepted.bit | Self.sequencedBit) != 0 && $0 & Stage.received.bit == 0
        }
    }

    /// Messages that were neither accepted nor refused.
    var unanswered: Int {
        states.count { $0 & (Stage.accepted.bit | Self.refusedBit) == 0 }
    }

    /// Messages that arrived and of which the sender was not told at this stage.
    func missing(_ stage: Stage) -> Int {
        states.count { $0 & Stage.received.bit != 0 && $0 & stage.bit == 0 }
    }

    /// Messages that something is still expected of.
    var isComplete: Bool {
        let expected = started - refused
        return count(.received) >= expected && count(.read) >= expected
            && count(.delivered) >= expected && count(.accepted) >= expected
    }

    /// Grows with everything that arrives: standing still means that nothing does.
    var progress: Int { stageCounts.reduce(refused, +) }

    /// Adds another worker's.
    mutating func add(_ other: DirectTally) {
        for place in histograms.indices {
            histograms[place].add(other.histograms[place])
            stageCounts[place] += other.stageCounts[place]
        }
        due += other.due
        states += other.states
        arrivalsInWindow += other.arrivalsInWindow
        acceptedInWindow += other.acceptedInWindow
        refusals.merge(other.refusals, uniquingKeysWith: +)
        refused += other.refused
        doubled += other.doubled
        outOfOrder += other.outOfOrder
        ticksBackwards += other.ticksBackwards
        resends += other.resends
        disconnects += other.disconnects
    }
}
