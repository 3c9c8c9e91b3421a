/// How large what an archive holds may be: the writer keeps to it, and a reader believes nothing beyond it.
public struct ArchiveLimits: Hashable, Sendable {
    /// Conversations in one archive.
    public var conversationsMax = 100_000
    /// The central directory, in bytes: about a hundred for each conversation.
    public var directoryBytesMax = 16 * 1024 * 1024
    /// One conversation's lines, in bytes.
    public var entryBytesMax: Int64 = 1024 * 1024 * 1024
    /// One conversation's lines as they are compressed, in bytes: what a reader holds in memory.
    public var compressedBytesMax: Int64 = 256 * 1024 * 1024
    /// The index and the manifest, in bytes.
    public var indexBytesMax: Int64 = 64 * 1024 * 1024
    /// One line, in bytes: above what a record of the log can become when its bytes are written as text.
    public var lineBytesMax = 4 * 1024 * 1024
    /// Rows that one call returns.
    public var rowsMax = 10_000

    /// The limits that hold unless a test sets others.
    public init() {}
}
