import Conversations
import Events

/// How far a store had come with what happened: which events it had.
///
/// For each partition that events come from (their origin) the last one that was had. It is no time: partitions are read at their own pace, and what one of
/// them says can come long after what another says of the same minute.
public struct StoreMoment: Hashable, Sendable, CustomStringConvertible {
    private var marks: [OriginFilter.Source: OriginFilter.Mark] = [:]

    /// So many partitions can be told of in a text, which goes into a URL; of what comes from further ones nothing counts as had.
    static let sourcesMax = 200

    /// Before everything.
    public init() {}

    /// The moment that the filters of `timeline` describe.
    ///
    /// Of a partition that went into several the lowest mark counts: an event may be told of twice, none is passed over.
    init(_ filters: [TopicPartition: OriginFilter]) {
        for filter in filters.values { marks.merge(filter.marks) { min($0, $1) } }
    }

    /// Whether an event was had by then.
    func has(_ event: TimelineEvent) -> Bool {
        let origin = event.origin
        let source = OriginFilter.Source(
            topicNumber: origin.topicNumber,
            partition: origin.partition
        )
        guard let mark = marks[source] else { return false }
        return OriginFilter.Mark(offset: origin.offset, index: origin.index) <= mark
    }

    /// Reads what `description` shows; `nil` for anything else.
    init?(_ text: some StringProtocol) {
        guard !text.isEmpty else { return }
        let items = text.split(separator: "_", omittingEmptySubsequences: false)
        guard items.count <= Self.sourcesMax else { return nil }
        for item in items {
            let numbers = item.split(separator: ".", omittingEmptySubsequences: false)
            guard numbers.count == 4, item.utf8.count <= 48,
                let topic = UInt32(numbers[0], radix: 36),
                let partition = Int32(numbers[1], radix: 36), partition >= 0,
                let offset = Int64(numbers[2], radix: 36), offset >= 0,
                let index = UInt32(numbers[3], radix: 36)
            else { return nil }
            let source = OriginFilter.Source(
                topicNumber: topic,
                partition: Partition(partition)
            )
            marks[source] = OriginFilter.Mark(offset: Offset(offset), index: index)
        }
    }

    /// An opaque text for clients: topic, partition, offset and index of each mark, in base 36.
    public var description: String {
        let sorted = marks.sorted { one, other in
            (one.key.topicNumber, one.key.partition.number)
                < (other.key.topicNumber, other.key.partition.number)
        }
        return sorted.prefix(Self.sourcesMax).map { source, mark in
            [
                String(source.topicNumber, radix: 36), String(source.partition.number, radix: 36),
                String(mark.offset.number, radix: 36), String(mark.index, radix: 36),
            ].joined(separator: ".")
        }.joined(separator: "_")
    }
}
