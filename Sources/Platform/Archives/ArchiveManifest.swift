import Conversations

/// What an archive says about itself: the last of its entries.
public struct ArchiveManifest: Hashable, Sendable {
    /// The day of which it has the events.
    public let day: ArchiveDay
    /// Which share of the conversations it has, from 0.
    public let shard: Int
    /// Into how many shares the day's conversations were divided.
    public let shardCount: Int
    /// How many conversations it has events of.
    public let conversations: Int
    /// How many events it has.
    public let events: Int
    /// SHA-256 of the index, as 64 hexadecimal digits.
    public let indexSHA256: String

    /// A manifest of its parts.
    public init(
        day: ArchiveDay,
        shard: Int,
        shardCount: Int,
        conversations: Int,
        events: Int,
        indexSHA256: String
    ) {
        self.day = day
        self.shard = shard
        self.shardCount = shardCount
        self.conversations = conversations
        self.events = events
        self.indexSHA256 = indexSHA256
    }

    /// The entry's bytes.
    func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("version", ArchiveFormat.version)
        writer.field("day", day.description)
        writer.field("shard", Int64(shard))
        writer.field("shards", Int64(shardCount))
        writer.field("conversations", Int64(conversations))
        writer.field("events", Int64(events))
        writer.field("index_sha256", indexSHA256)
        writer.endObject()
        return writer.bytes + [0x0A]
    }

    /// Reads the entry's bytes.
    ///
    /// The version decides first: what a newer one says besides is not ours to judge.
    init(decoding bytes: [UInt8]) throws(ArchiveError) {
        var numbers: [String: Int64] = [:]
        var texts: [String: String] = [:]
        guard bytes.last == 0x0A else { throw ArchiveError(.corrupt, "a manifest without an end") }
        try bytes.dropLast().withUnsafeBufferPointer { bytes throws(ArchiveError) in
            var scanner = JSONScanner(UnsafeRawBufferPointer(bytes))
            try scanner.object { name, scanner throws(ArchiveError) in
                switch name {
                case "version", "shard", "shards", "conversations", "events":
                    numbers[name] = try scanner.integer()
                case "day", "index_sha256": texts[name] = try scanner.string()
                default: try scanner.skip()
                }
            }
            try scanner.end()
        }
        guard let version = numbers["version"] else {
            throw ArchiveError(.corrupt, "a manifest without a version")
        }
        guard version == ArchiveFormat.version else {
            throw ArchiveError(.tooNew, "the format's version is \(version)")
        }
        guard let day = texts["day"].flatMap({ ArchiveDay($0) }),
            let indexSHA256 = texts["index_sha256"],
            let shard = numbers["shard"].flatMap({ Int(exactly: $0) }),
            let shardCount = numbers["shards"].flatMap({ Int(exactly: $0) }),
            let conversations = numbers["conversations"].flatMap({ Int(exactly: $0) }),
            let events = numbers["events"].flatMap({ Int(exactly: $0) }),
            shard >= 0, shard < shardCount, conversations >= 0, events >= conversations
        else { throw ArchiveError(.corrupt, "a manifest that says too little") }
        self.init(
            day: day,
            shard: shard,
            shardCount: shardCount,
            conversations: conversations,
            events: events,
            indexSHA256: indexSHA256
        )
    }
}
