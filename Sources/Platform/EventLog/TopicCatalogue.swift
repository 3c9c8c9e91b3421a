public import Events
import Yams

/// What `topics/*.yaml` say: every topic's purpose, key, partitions, retention.
public struct TopicCatalogue: Sendable {
    /// What decides how many partitions a topic has.
    public enum PartitionRule: String, Sendable, Decodable {
        /// As many as every topic that is keyed by conversation.
        case conversation
        /// As many as every topic that is keyed by account.
        case account
        /// One.
        case one
    }

    /// What becomes of old records.
    public enum Cleanup: String, Sendable, Decodable {
        /// They are deleted when their time is over.
        case delete
        /// Of each key the newest is kept.
        case compact
    }

    /// A topic's entry.
    public struct Entry: Sendable {
        /// Name and number.
        public let topic: Topic
        /// What it says, in a sentence.
        public let purpose: String
        /// What its keys are.
        public let key: String
        /// What decides its partition count.
        public let partitions: PartitionRule
        /// How long records are kept; `nil`: for ever.
        public let retention: Duration?
        /// What becomes of old records.
        public let cleanup: Cleanup
        /// The file in `topics/` that describes its values.
        public let valueFile: String
        /// Who writes it.
        public let producers: [String]
        /// Who reads it.
        public let consumers: [String]
    }

    /// How large the installation's topics are made.
    public struct Sizing: Hashable, Sendable {
        /// Partitions of topics keyed by conversation; `nil`: as many as those that exist have, or `Limits.partitionsDefault`.
        public var conversationPartitions: Int?
        /// Partitions of topics keyed by account; `nil`: likewise.
        public var accountPartitions: Int?
        /// Copies of every record; with three or more, two must be in sync for a write.
        public var replicas: Int

        /// A sizing of its parts.
        public init(
            conversationPartitions: Int? = nil,
            accountPartitions: Int? = nil,
            replicas: Int = 1
        ) {
            self.conversationPartitions = conversationPartitions
            self.accountPartitions = accountPartitions
            self.replicas = replicas
        }
    }

    /// A description that can't be used.
    public struct Malformed: Error, CustomStringConvertible {
        /// The file and what is wrong with it.
        public let description: String
    }

    /// The entries, by topic number.
    public let entries: [Entry]

    /// The catalogue that this program was built with.
    public static let embedded: TopicCatalogue = {
        do {
            return try TopicCatalogue(descriptions: TopicFiles.descriptions)
        } catch {
            preconditionFailure("topics/ is malformed: \(error)")
        }
    }()

    /// Reads the YAML texts, by file name.
    ///
    /// - Throws: `Malformed` if one can't be read, or does not agree with `Topic`.
    public init(descriptions: [String: String]) throws(Malformed) {
        var entries: [Entry] = []
        for (file, text) in descriptions.sorted(by: { $0.key < $1.key }) {
            entries.append(try Self.entry(text, file: file))
        }
        self.entries = entries.sorted { $0.topic.number < $1.topic.number }
        let missing = Topic.all.filter { topic in !entries.contains { $0.topic == topic } }
        guard missing.isEmpty else {
            throw Malformed(description: "no description of \(missing[0])")
        }
    }

    /// The entry of a topic.
    public func entry(of topic: Topic) -> Entry? {
        entries.first { $0.topic == topic }
    }

    /// How the topics are to be, in that sizing.
    public func definitions(_ sizing: Sizing) -> [LogAdmin.TopicDefinition] {
        entries.map { $0.definition(sizing) }
    }

    /// The partition count of the first existing topic with that rule; `nil` if there is none.
    func partitionCount(_ rule: PartitionRule, in existing: [String: Int]) -> Int? {
        entries.lazy.filter { $0.partitions == rule }.compactMap { existing[$0.topic.name] }.first
    }

    private struct Description: Decodable {
        let name: String
        let number: UInt32
        let purpose: String
        let key: String
        let partitions: PartitionRule
        let retention: String
        let cleanup: Cleanup
        let value: String
        let producers: [String]
        let consumers: [String]
    }

    private static func entry(_ text: String, file: String) throws(Malformed) -> Entry {
        let description: Description
        do {
            description = try YAMLDecoder().decode(Description.self, from: text)
        } catch {
            throw Malformed(description: "\(file): \(error)")
        }
        guard file == "\(description.name).yaml" else {
            throw Malformed(description: "\(file) describes \(description.name)")
        }
        guard let topic = Topic(name: description.name), topic.number == description.number else {
            throw Malformed(description: "\(file) does not agree with Topic.all")
        }
        guard let retention = retention(description.retention) else {
            throw Malformed(description: "\(file): retention is `N days` or `forever`")
        }
        return Entry(
            topic: topic,
            purpose: description.purpose,
            key: description.key,
            partitions: description.partitions,
            retention: retention.length,
            cleanup: description.cleanup,
            valueFile: description.value,
            producers: description.producers,
            consumers: description.consumers
        )
    }

    /// How long records are kept.
    struct Retention: Equatable {
        /// For ever, if `nil`.
        let length: Duration?
    }

    /// Reads `14 days`, `10 minutes`, `forever`.
    static func retention(_ text: String) -> Retention? {
        if text == "forever" { return Retention(length: nil) }
        let words = text.split(separator: " ")
        guard words.count == 2, let count = Int64(words[0]), (1...36_500).contains(count) else {
            return nil
        }
        switch words[1] {
        case "minute", "minutes": return Retention(length: .seconds(count * 60))
        case "hour", "hours": return Retention(length: .seconds(count * 3600))
        case "day", "days": return Retention(length: .seconds(count * 86_400))
        default: return nil
        }
    }
}

extension TopicCatalogue.Entry {
    /// How the topic is to be, in that sizing.
    public func definition(_ sizing: TopicCatalogue.Sizing) -> LogAdmin.TopicDefinition {
        var configuration = [
            "cleanup.policy": cleanup.rawValue,
            "retention.ms": retention.map { String($0.milliseconds) } ?? "-1",
        ]
        if sizing.replicas >= 3 { configuration["min.insync.replicas"] = "2" }
        return LogAdmin.TopicDefinition(
            name: topic.name,
            partitions: partitionCount(sizing),
            replicas: sizing.replicas,
            configuration: configuration
        )
    }

    /// How many partitions it has in that sizing.
    public func partitionCount(_ sizing: TopicCatalogue.Sizing) -> Int {
        switch partitions {
        case .conversation: sizing.conversationPartitions ?? Limits.partitionsDefault
        case .account: sizing.accountPartitions ?? Limits.partitionsDefault
        case .one: 1
        }
    }

    /// The retention in words: `14 days`, `for ever`.
    public var retentionText: String {
        guard let seconds = retention?.components.seconds else { return "for ever" }
        if seconds % 86_400 == 0 { return "\(seconds / 86_400) days" }
        if seconds % 3600 == 0 { return "\(seconds / 3600) hours" }
        return "\(seconds / 60) minutes"
    }
}
