/// How patient a cold reader is, and how much it keeps.
public struct ColdReaderSettings: Hashable, Sendable {
    /// How long one call may take; what has not come by then is unavailable.
    ///
    /// Default 10 s.
    public var timeout: Duration = .seconds(10)
    /// How many parts one call reads at a time.
    ///
    /// Default 8.
    public var partsAtOnceMax = 8
    /// What is kept of directories, in bytes.
    ///
    /// Default 32 MiB.
    public var directoryBytesMax = 32 << 20
    /// What is kept of compressed entries, in bytes: a conversation's next part is in the same.
    ///
    /// Default 16 MiB.
    public var entryBytesMax = 16 << 20
    /// What is kept of rows, in bytes.
    ///
    /// Default 64 MiB.
    public var rowBytesMax = 64 << 20

    /// The defaults.
    public init() {}
}
