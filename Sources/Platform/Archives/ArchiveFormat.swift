import Events

/// Names and numbers of the format.
enum ArchiveFormat {
    /// What a manifest says; a reader refuses what is higher.
    static let version: Int64 = 1
    static let manifest = "manifest.json"
    static let index = "index.json"

    private static let prefix = "conversations/"
    private static let suffix = ".jsonl"

    /// The name of the entry with a conversation's lines.
    static func entry(of conversation: ConversationID) -> String {
        prefix + conversation.description + suffix
    }

    /// The conversation whose lines an entry has; `nil` if the name is none that is written.
    static func conversation(ofEntry name: String) -> ConversationID? {
        let text = name.dropFirst(prefix.count).dropLast(suffix.count)
        guard let conversation = ConversationID(text), entry(of: conversation) == name else {
            return nil
        }
        return conversation
    }

    /// About how many bytes the end of an archive with so many conversations takes: the manifest and the central directory.
    static func tailBytes(conversations: Int) -> Int64 {
        // 46 bytes, the name, and 12 for the places of what lies beyond 4 GiB.
        Int64(clamping: conversations.clamped(to: 0...10_000_000) * (46 + 46 + 12)) + 4096
    }
}

extension Comparable {
    func clamped(to range: ClosedRange<Self>) -> Self {
        min(max(self, range.lowerBound), range.upperBound)
    }
}
