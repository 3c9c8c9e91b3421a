public import Events

/// Which records one wants to see.
public struct RecordFilter: Sendable {
    /// Only what is about this conversation.
    public var conversation: ConversationID?
    /// Only what this account did or is told of.
    public var account: AccountID?

    /// A filter that lets everything through, unless told what to look for.
    public init(conversation: ConversationID? = nil, account: AccountID? = nil) {
        self.conversation = conversation
        self.account = account
    }

    /// What names who did something, or is told of it.
    private static let accountFields = ["account_id", "sender", "recipient", "watcher"]

    /// Whether it lets everything through.
    public var isOpen: Bool { conversation == nil && account == nil }

    /// Whether a record is wanted.
    ///
    /// What can't be decoded is about nobody.
    public func admits(_ description: RecordDescription) -> Bool {
        if let conversation, !names(conversation.description, ["conversation_id"], in: description)
        {
            return false
        }
        if let account,
            !names(account.description, Self.accountFields, in: description)
        {
            return false
        }
        return true
    }

    /// Whether a partition can hold a wanted record: of topics keyed by conversation only one can.
    public func admits(_ partition: TopicPartition, of count: Int) -> Bool {
        switch partition.topic {
        case .submissions, .timeline, .receipts:
            guard let conversation else { return true }
            return Partitioner.partition(of: conversation, count: count) == partition.partition
        case .accounts, .memberships, .sessions:
            guard let account else { return true }
            return Partitioner.partition(of: account, count: count) == partition.partition
        default: return true
        }
    }

    private func names(_ id: String, _ fields: [String], in description: RecordDescription) -> Bool
    {
        description.fields.contains { fields.contains($0.name) && $0.value == .identifier(id) }
    }
}
