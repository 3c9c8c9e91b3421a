import EventLog
import Events

/// How far a reader is behind in a topic, seen twice.
struct ReaderLag: Sendable {
    /// How it stands at one moment.
    struct Standing: Sendable, Equatable {
        /// Where it will read on, of all partitions together.
        var read: Int64 = 0
        /// Where the partitions end, together.
        var written: Int64 = 0
        /// Records that it has yet to read.
        var behind: Int64 = 0
        /// Records that it had not read, and that are no longer kept.
        var missed: Int64 = 0
        /// Partitions in which it has read more than there is.
        var beyond: [Partition] = []
        /// Whether it has a position in any partition.
        var hasRead = false

        /// The standing in a topic of a reader with these positions.
        init(
            of topic: Topic,
            positions: [TopicPartition: Offset],
            limits: [TopicPartition: LogAdmin.Watermarks]
        ) {
            for (partition, limit) in limits.sorted(by: { $0.key < $1.key })
            where partition.topic == topic {
                let low = limit.low.number
                let high = limit.high.number
                let position = positions[partition]?.number
                hasRead = hasRead || position != nil
                written += high
                read += min(max(position ?? low, low), high)
                behind += max(high - max(position ?? low, low), 0)
                if let position {
                    missed += max(low - position, 0)
                    if position > high { beyond.append(partition.partition) }
                }
            }
        }
    }

    /// Who reads: a group, or a store.
    let reader: String
    let topic: Topic
    let before: Standing
    let after: Standing
    /// Between the two.
    let interval: Duration

    /// So many records are behind in any system that works.
    static let behindUsual: Int64 = 1000
    /// Who catches up sooner is not worth a word.
    static let catchUpUsual: Duration = .seconds(60)

    /// Records that it reads in a second.
    var readingRate: Double { rate(before.read, after.read) }
    /// Records that are written in a second.
    var writingRate: Double { rate(before.written, after.written) }

    private func rate(_ first: Int64, _ second: Int64) -> Double {
        interval > .zero ? Double(second - first) / interval.seconds : 0
    }

    /// How long until it is at the end; `nil`: never, at these rates.
    var catchUp: Duration? {
        let gain = readingRate - writingRate
        guard gain > 0 else { return nil }
        return .seconds(min(Double(after.behind) / gain, 1e9))
    }

    /// What is wrong, where a process of the installation runs here or none; `nil`: nothing.
    func judge(isRunning: Bool) -> DoctorFinding? {
        if !after.beyond.isEmpty {
            let partitions = after.beyond.map { "\($0)" }.joined(separator: ", ")
            return .fail(
                .positionBeyondEnd,
                "\(reader) has read \(topic) beyond its end (partition \(partitions))",
                do: "the log is another one, or has lost its end: see which log is configured; "
                    + "if it was made anew, the services' state in the data folder has to go as well"
            )
        }
        if let finding = judgeMissed() { return finding }
        guard after.behind > 0 else { return nil }
        if !after.hasRead {
            return .warn(
                .readerIdle,
                "\(reader) has read nothing yet of \(DoctorText.count(after.behind, "record")) in \(topic)",
                do: "see whether its service was ever started against this log"
            )
        }
        guard after.behind > Self.behindUsual else { return nil }
        return judgeRates(isRunning: isRunning)
    }

    private func judgeMissed() -> DoctorFinding? {
        guard after.missed > 0 else { return nil }
        let text =
            "\(reader) had \(DoctorText.count(after.missed, "record")) of \(topic) yet to read "
            + "that are no longer kept"
        switch topic {
        case .submissions, .timeline, .accounts, .receipts:
            return .fail(
                .recordsMissed,
                text,
                do:
                    "raise the retention before anything else; `martlet audit` shows what is missing"
            )
        default:
            return .warn(
                .recordsMissed,
                text,
                do: "nothing, if it was stopped for so long: it goes on with what there is"
            )
        }
    }

    private func judgeRates(isRunning: Bool) -> DoctorFinding? {
        let distance = "\(reader) is \(DoctorText.count(after.behind, "record")) of \(topic) behind"
        if let catchUp {
            guard catchUp > Self.catchUpUsual else { return nil }
            return .warn(
                .readerBehind,
                "\(distance), at the end in about \(DoctorText.span(catchUp)) at this rate",
                do: "wait, and look again: it catches up"
            )
        }
        guard readingRate > 0 else {
            return .warn(
                .readerStuck,
                "\(distance) and did not move within \(DoctorText.span(interval))",
                do: isRunning
                    ? "look again; if it stays so, look at its service's log and /readyz"
                    : "start its service: it goes on where it was"
            )
        }
        let growth = Int64((writingRate - readingRate).rounded(.up))
        return .warn(
            .readerBehind,
            "\(distance), and \(DoctorText.count(growth, "record")) a second more",
            do:
                "it can't keep up: give it more processor time, or another instance if partitions are left"
        )
    }
}
