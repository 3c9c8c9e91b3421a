import EventLog
import Events
import LogTail
import Persistence

/// What the log holds of the topics that a store is a fold of.
struct LogExtent: Sendable {
    /// What can't be done with this log, in words for the person who asked.
    struct Refusal: Error, Hashable, CustomStringConvertible {
        let description: String
    }

    /// The first and the next offset of every partition.
    let limits: [TopicPartition: LogAdmin.Watermarks]

    /// Where the log ends now.
    var ends: [TopicPartition: Offset] { limits.mapValues(\.high) }

    /// The partitions, in order.
    var partitions: [TopicPartition] { limits.keys.sorted() }

    /// Asks the log; blocks.
    static func read(_ admin: LogAdmin) throws -> LogExtent {
        let counts = try admin.topics()
        var limits: [TopicPartition: LogAdmin.Watermarks] = [:]
        for topic in StoreFold.topics {
            guard let count = counts[topic.name] else {
                throw Refusal(
                    description: "the log has no topic \(topic): `martlet topics apply` makes it"
                )
            }
            for number in 0..<count {
                let partition = TopicPartition(topic, Partition(Int32(number)))
                limits[partition] = try admin.watermarks(of: partition)
            }
        }
        return LogExtent(limits: limits)
    }

    /// Why a store that has read up to these positions can't have been folded from this log; `nil`: it can.
    func contradiction(to positions: [TopicPartition: Offset]) -> String? {
        for (partition, position) in positions.sorted(by: { $0.key < $1.key }) {
            guard let limit = limits[partition] else {
                return "it has read \(partition), which the log has not"
            }
            guard position <= limit.high else {
                return "it has read \(partition) up to \(position), but the log ends at "
                    + "\(limit.high): it was made from another log, or the log has lost its end"
            }
        }
        return nil
    }

    /// What was removed from the log of what lies before these positions (nothing given: of all); `nil`: nothing.
    func loss(before positions: [TopicPartition: Offset]? = nil) -> String? {
        for partition in partitions {
            guard let low = limits[partition]?.low, low > Offset(0) else { continue }
            if let positions, positions[partition, default: Offset(0)] == Offset(0) { continue }
            return "\(partition) begins at \(low): what came before is no longer in the log"
        }
        return nil
    }
}
