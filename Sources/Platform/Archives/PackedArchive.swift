public import Stores

/// An archive that was written and is durable.
public struct PackedArchive: Hashable, Sendable {
    /// Where it lies.
    public let path: String
    /// How large it is.
    public let byteCount: Int64
    /// SHA-256 of the file.
    public let sha256: [UInt8]
    /// What it says about itself.
    public let manifest: ArchiveManifest
    /// What it has of each conversation, in the order of their ids.
    public let conversations: [PackedConversation]

    /// Where it belongs in a blob store: `archives/2026/11/23/07-0123456789abcdef.zip`.
    ///
    /// The name says what is in it. So packing the same rows again gives the same key and the same bytes.
    public var key: String {
        let (year, month, day) = manifest.day.date
        let shard = Int64(manifest.shard).digits(2)
        return "archives/\(year.digits(4))/\(month.digits(2))/\(day.digits(2))/"
            + "\(shard)-\(sha256.prefix(8).hexadecimal).zip"
    }

    /// What a store's catalogue keeps of it.
    public var stored: StoredArchive {
        StoredArchive(
            key: key,
            day: manifest.day.number,
            shard: Int64(manifest.shard),
            events: Int64(manifest.events),
            byteCount: byteCount,
            sha256: sha256
        )
    }

    /// What a store's catalogue keeps of its conversations.
    public var segments: [ArchivedSegment] {
        let key = key
        return conversations.map { $0.segment(inArchive: key) }
    }
}
