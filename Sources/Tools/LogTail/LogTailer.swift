import EventLog
import Events
import Logging

/// Follows partitions of the log from one place to another and hands what is wanted on.
struct LogTailer {
    /// What can't be done, in words for the person who asked.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    let configuration: EventLogConfiguration
    /// Empty: all.
    let topics: [Topic]
    /// Empty: all.
    let partitions: Set<Partition>
    let from: LogPlace
    let until: LogPlace?
    let count: Int?
    let filter: RecordFilter
    let clock: any WallClock

    /// Where reading a partition begins and ends.
    struct Range: Equatable {
        var start: Offset
        /// `nil`: never.
        var end: Offset?

        /// Whether there is more to come.
        var isUnfinished: Bool { end.map { start < $0 } ?? true }

        /// Goes past a record; whether it lies in the range.
        mutating func take(_ offset: Offset) -> Bool {
            guard end.map({ offset < $0 }) ?? true else { return false }
            reach(offset.next)
            return true
        }

        /// Notes that everything before an offset was read or is not there.
        mutating func reach(_ offset: Offset) {
            start = max(start, offset)
        }
    }

    /// Reads until the end that was asked for; blocks.
    ///
    /// - Parameters:
    ///   - show: gets every wanted record.
    ///   - pause: is called when there is nothing more to read for now.
    /// - Throws: `Refusal`, `EventLogError`, or what `show` and `pause` throw.
    func run(
        show: (DecodedRecord) throws -> Void,
        pause: () throws -> Void
    ) throws {
        var ranges = try plan()
        let deadline = followsUntil
        let reader = try LogReader(
            configuration,
            start: ranges.mapValues { .offset($0.start) },
            logger: .quiet
        )
        defer { reader.close() }
        var left = count ?? .max
        while left > 0, ranges.values.contains(where: \.isUnfinished) {
            for record in Self.inOrderOfTime(try reader.poll()) where left > 0 {
                guard ranges[record.topicPartition]?.take(record.offset) == true,
                    record.timestamp < deadline ?? Timestamp(milliseconds: .max)
                else { continue }
                let decoded = DecodedRecord(record)
                guard filter.isOpen || filter.admits(RecordDescription(decoded)) else { continue }
                left -= 1
                try show(decoded)
            }
            for (partition, end) in reader.takeEnds() { ranges[partition]?.reach(end) }
            try pause()
            if let deadline, clock.now() > deadline { break }
        }
    }

    /// The moment until which to follow, if it lies ahead.
    private var followsUntil: Timestamp? {
        guard case .time(let time)? = until, time > clock.now() else { return nil }
        return time
    }

    private func plan() throws -> [TopicPartition: Range] {
        let admin = try LogAdmin(configuration, logger: .quiet)
        defer { admin.close() }
        let counts = try admin.topics()
        var wanted: [TopicPartition] = []
        for topic in topics.isEmpty ? Topic.all : topics {
            guard let count = counts[topic.name] else {
                if topics.isEmpty { continue }
                throw Refusal(description: "the log has no topic \(topic)")
            }
            wanted += (0..<count).map { TopicPartition(topic, Partition(Int32($0))) }.filter {
                (partitions.isEmpty || partitions.contains($0.partition))
                    && filter.admits($0, of: count)
            }
        }
        guard !wanted.isEmpty else { throw Refusal(description: "the log has no such partition") }
        let starts = try from.offsets(of: wanted, admin)
        let ends = followsUntil == nil ? try until?.offsets(of: wanted, admin) : nil
        var ranges: [TopicPartition: Range] = [:]
        for partition in wanted {
            guard let start = starts[partition] else { continue }
            ranges[partition] = Range(start: start, end: ends?[partition])
        }
        return ranges
    }

    /// A batch by time, as far as that keeps the order within each partition.
    static func inOrderOfTime(_ records: [LogRecord]) -> [LogRecord] {
        var latest: [TopicPartition: Timestamp] = [:]
        let keyed = records.enumerated().map { place, record in
            let time = max(latest[record.topicPartition] ?? record.timestamp, record.timestamp)
            latest[record.topicPartition] = time
            return (time: time, place: place, record: record)
        }
        return keyed.sorted { ($0.time, $0.place) < ($1.time, $1.place) }.map(\.record)
    }
}
