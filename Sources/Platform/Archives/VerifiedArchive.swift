/// An archive that was read from its first byte to its last, and in which everything agrees.
public struct VerifiedArchive: Hashable, Sendable {
    /// What it says about itself.
    public let manifest: ArchiveManifest
    /// What it has of each conversation, counted again.
    public let conversations: [PackedConversation]

    /// Whether it has just what a writer said it had written.
    public func isEqual(to packed: PackedArchive) -> Bool {
        manifest == packed.manifest && conversations == packed.conversations
    }
}
