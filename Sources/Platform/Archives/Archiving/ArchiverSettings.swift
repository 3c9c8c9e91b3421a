import Events

/// Which days are archived, into how many shards, and how much at a time.
public struct ArchiverSettings: Hashable, Sendable {
    /// What is sent may be edited and deleted for two days.
    public static let afterDaysMin = 3
    /// The key of an archive has two digits for its shard.
    public static let shardsMax = 64

    /// How old a day must be to be archived; `nil`: none ever is.
    ///
    /// At least `afterDaysMin`, which counts if it is less. Default 30.
    public var afterDays: Int? = 30
    /// Into how many archives a day's conversations are divided.
    ///
    /// Default 4; 1 to `shardsMax`. May change at any time.
    public var shards = 4
    /// How long to wait between two looks for something to archive.
    ///
    /// Default 10 min.
    public var interval: Duration = .seconds(600)

    /// The newest events of each conversation, which stay in the hot store though they are archived: a page, and one that says that there are more.
    var newestKept = 31
    /// Conversations in one archive at most: noting them is one transaction.
    var conversationsMax = 20_000
    /// Events of a conversation in one archive, about: a reader decompresses all of them for a page.
    var eventsPerConversationMax = 20_000
    /// The lines of a conversation in one archive, in bytes, about.
    var bytesPerConversationMax: Int64 = 64 << 20
    /// The lines of one archive, in bytes, about: what is left goes into another of the same day and shard.
    var bytesMax: Int64 = 512 << 20
    /// Rows that are read or dropped at a time.
    var rowsPerStep = 500
    /// For how long whoever else writes the store is let to it, in terms of how long rows were dropped.
    var restPerWork = 2
    /// The first wait after a failure; doubled with each, up to `interval`.
    var retryWait: Duration = .seconds(1)

    /// The defaults.
    public init() {}

    /// The last day that is old enough; `nil`: none ever is.
    func lastDay(at now: Timestamp) -> ArchiveDay? {
        guard let afterDays else { return nil }
        let age = Int64(max(afterDays, Self.afterDaysMin))
        return ArchiveDay(number: ArchiveDay(containing: now).number - age)
    }

    /// Which shard a conversation belongs to.
    ///
    /// The last byte of an identifier is random or hashed; the first of many is that of their time.
    func shard(of conversation: ConversationID) -> Int {
        Int(truncatingIfNeeded: conversation.low & 0xFF) % shards
    }
}
