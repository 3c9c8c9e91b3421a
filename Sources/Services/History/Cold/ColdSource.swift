import Stores

/// Where what was archived is read from.
protocol ColdSource: Sendable {
    /// Fetches parts of archives; what can't be read is in the answer as unreadable, and why.
    ///
    /// When rows of about `bytesMax` bytes are in hand no more is begun: the rest is left out. Ends soon when its task is cancelled.
    func fetch(_ parts: [ArchivedPart], bytesMax: Int) async -> ArchivedParts
}
