public import EventLog
public import Events

extension LogPlace {
    /// The place's offset in each of the partitions; blocks.
    ///
    /// - Throws: `EventLogError`.
    public func offsets(
        of partitions: [TopicPartition],
        _ admin: LogAdmin
    ) throws -> [TopicPartition: Offset] {
        if case .time(let time) = self { return try admin.offsets(of: partitions, at: time) }
        var offsets: [TopicPartition: Offset] = [:]
        for partition in partitions {
            let marks = try admin.watermarks(of: partition)
            switch self {
            case .beginning: offsets[partition] = marks.low
            case .end, .time: offsets[partition] = marks.high
            case .offset(let offset): offsets[partition] = offset
            case .last(let count):
                offsets[partition] = Offset(max(marks.low.number, marks.high.number - count))
            }
        }
        return offsets
    }
}
