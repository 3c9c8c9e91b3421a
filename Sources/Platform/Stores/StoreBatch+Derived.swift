import Events

extension StoreBatch {
    /// Where a conversation stands after the batch.
    struct ConversationHead: Equatable {
        var kind: PBConversationKind
        var lastSeq: Int64
        var messageCount: Int64
        var lastServerTime: Timestamp
    }

    /// An account's place in a conversation.
    struct Membership: Hashable, Comparable {
        var account: AccountID
        var conversation: ConversationID

        static func < (left: Self, right: Self) -> Bool {
            (left.account, left.conversation) < (right.account, right.conversation)
        }
    }

    /// The conversations that the batch's events touch, each once.
    var conversationHeads: [ConversationID: ConversationHead] {
        var heads: [ConversationID: ConversationHead] = [:]
        for event in events where (heads[event.conversation]?.lastSeq ?? 0) < event.seq {
            heads[event.conversation] = ConversationHead(
                kind: event.conversationKind,
                lastSeq: event.seq,
                messageCount: event.messageCount,
                lastServerTime: event.serverTime
            )
        }
        return heads
    }

    /// The last seq that each member named by the batch's events sent; 0: none.
    ///
    /// Both accounts of a direct conversation are members of it from its first event on.
    var lastSentSeqs: [Membership: Int64] {
        var seqs: [Membership: Int64] = [:]
        for event in events {
            let sender = Membership(account: event.sender, conversation: event.conversation)
            seqs[sender] = max(seqs[sender] ?? 0, event.seq)
            guard let recipient = event.recipient else { continue }
            let other = Membership(account: recipient, conversation: event.conversation)
            if seqs[other] == nil { seqs[other] = 0 }
        }
        return seqs
    }
}
