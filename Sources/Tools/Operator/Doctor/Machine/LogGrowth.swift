import EventLog
import Events
import Foundation

/// Tells how fast the embedded log grows.
enum LogGrowth {
    /// What is known of a topic.
    struct Topic: Sendable, Equatable {
        var name: String
        /// What its files hold.
        var bytes: Int64
        /// Records kept.
        var records: Int64
        /// Records of the last hour.
        var recordsOfLastHour: Int64
        /// Whether what is old goes by itself, sooner than a disk fills.
        var isTransient: Bool
    }

    /// Asks the log and its files; blocks.
    static func measure(
        _ admin: LogAdmin,
        folder: String,
        now: Timestamp
    ) throws -> DiskCheck.Growth? {
        let sizes = sizes(below: folder)
        let counts = try admin.topics()
        let topics = try TopicCatalogue.embedded.entries.map { entry in
            let partitions = (0..<(counts[entry.topic.name] ?? 0)).map {
                TopicPartition(entry.topic, Partition(Int32($0)))
            }
            let recent = try admin.offsets(of: partitions, at: now - .seconds(3600))
            var topic = Topic(
                name: entry.topic.name,
                bytes: sizes[entry.topic.name] ?? 0,
                records: 0,
                recordsOfLastHour: 0,
                isTransient: entry.retention.map { $0 < .seconds(86_400) } ?? false
            )
            for partition in partitions {
                let limits = try admin.watermarks(of: partition)
                topic.records += limits.high.number - limits.low.number
                topic.recordsOfLastHour +=
                    limits.high.number - (recent[partition] ?? limits.high).number
            }
            return topic
        }
        return growth(of: topics)
    }

    /// A day's growth as the last hour's; what is removed meanwhile because it is old is not taken off.
    static func growth(of topics: [Topic]) -> DiskCheck.Growth? {
        let rates = topics.filter { !$0.isTransient && $0.records > 0 }.map { topic in
            let bytes = Double(topic.bytes) / Double(topic.records)
            let share = bytes * Double(topic.recordsOfLastHour) * 24
            return (name: topic.name, bytes: Int64(min(share, 1e18)))
        }
        guard let largest = rates.max(by: { $0.bytes < $1.bytes }) else { return nil }
        let sum = rates.reduce(Int64(0)) { min($0, 1 << 60) + min($1.bytes, 1 << 60) }
        return DiskCheck.Growth(bytesPerDay: sum, topic: largest.name)
    }

    /// What the topics' folders hold; a folder's name is the topic's, and a number after it.
    private static func sizes(below folder: String) -> [String: Int64] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var sizes: [String: Int64] = [:]
        for name in names {
            let topic = String(name.prefix { $0 != "~" })
            sizes[topic, default: 0] += size(of: "\(folder)/\(name)")
        }
        return sizes
    }

    private static func size(of folder: String) -> Int64 {
        guard let files = FileManager.default.enumerator(atPath: folder) else { return 0 }
        var sum: Int64 = 0
        while files.nextObject() != nil {
            sum += (files.fileAttributes?[.size] as? NSNumber)?.int64Value ?? 0
        }
        return sum
    }
}
