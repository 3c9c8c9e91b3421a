/// A topic's settings, by their Kafka names.
public struct TopicConfiguration: Sendable, Equatable {
    /// What can be set, and the defaults; settings without meaning here are kept and shown, so that the same definitions work on a cluster.
    public static let defaults: [String: String] = [
        "cleanup.policy": "delete", "compression.type": "producer",
        "delete.retention.ms": "86400000", "file.delete.delay.ms": "0",
        "flush.messages": "1", "flush.ms": "0", "index.interval.bytes": "32768",
        "max.compaction.lag.ms": "9223372036854775807", "max.message.bytes": "1048588",
        "message.timestamp.type": "CreateTime", "min.cleanable.dirty.ratio": "0.5",
        "min.compaction.lag.ms": "0", "min.insync.replicas": "1", "preallocate": "false",
        "retention.bytes": "-1", "retention.ms": "604800000", "segment.bytes": "67108864",
        "segment.ms": "604800000", "unclean.leader.election.enable": "false",
    ]

    /// The settings that were given, by name.
    public let given: [String: String]
    /// How long records are kept; −1: for ever.
    public let retentionMilliseconds: Int64
    /// How many bytes are kept per partition; −1: any number.
    public let retentionBytes: Int
    /// When a new segment is begun.
    public let segmentBytes: Int
    /// How old a segment may become before a new one is begun.
    public let segmentMilliseconds: Int64
    /// The largest batch in bytes.
    public let batchBytesMax: Int
    /// Whether old segments are deleted.
    public let isDeleting: Bool
    /// Whether only the last record of each key is kept.
    public let isCompacting: Bool

    /// The defaults.
    public static let standard = TopicConfiguration()

    private init() {
        given = [:]
        retentionMilliseconds = 604_800_000
        retentionBytes = -1
        segmentBytes = 64 << 20
        segmentMilliseconds = 604_800_000
        batchBytesMax = 1_048_588
        isDeleting = true
        isCompacting = false
    }

    /// Checks settings.
    public init(_ given: [String: String]) throws(SegmentLogError) {
        for (name, value) in given {
            guard Self.defaults[name] != nil else {
                throw SegmentLogError(.invalidConfiguration, "unknown setting \(name)")
            }
            if name == "message.timestamp.type", value != "CreateTime" {
                throw SegmentLogError(.invalidConfiguration, "only CreateTime is served")
            }
        }
        self.given = given
        retentionMilliseconds = try Self.number("retention.ms", in: given, atLeast: -1)
        retentionBytes = Int(try Self.number("retention.bytes", in: given, atLeast: -1))
        segmentBytes = Int(
            min(try Self.number("segment.bytes", in: given, atLeast: 1024), 1 << 30)
        )
        batchBytesMax = Int(
            min(try Self.number("max.message.bytes", in: given, atLeast: 1), 64 << 20)
        )
        let policy = (given["cleanup.policy"] ?? "delete").split(separator: ",").map {
            String($0.filter { $0 != " " })
        }
        guard !policy.isEmpty, policy.allSatisfy({ $0 == "delete" || $0 == "compact" }) else {
            throw SegmentLogError(.invalidConfiguration, "cleanup.policy is delete or compact")
        }
        isDeleting = policy.contains("delete")
        isCompacting = policy.contains("compact")
        let configured = try Self.number("segment.ms", in: given, atLeast: 1)
        // Only whole segments are deleted: what is kept for a short time must be rolled in a shorter one.
        segmentMilliseconds =
            retentionMilliseconds > 0 && isDeleting
            ? min(configured, max(retentionMilliseconds / 2, 1000)) : configured
    }

    private static func number(
        _ name: String,
        in given: [String: String],
        atLeast least: Int64
    ) throws(SegmentLogError) -> Int64 {
        guard let number = Int64(given[name] ?? defaults[name] ?? ""), number >= least else {
            throw SegmentLogError(.invalidConfiguration, "\(name) is not a possible number")
        }
        return number
    }

    /// All settings in force, by name.
    public var effective: [String: String] { Self.defaults.merging(given) { $1 } }
}
