import Events

/// A message that accounts of the partition may not have, or their coming to a group.
struct WaitingPost: Hashable {
    /// Whom it is for.
    enum Audience: Hashable {
        /// Whoever of the group may see it, but its sender.
        case members
        /// These accounts, in order.
        case accounts([AccountID])
    }

    /// Its place in the inbox partition.
    var offset: Offset
    var kind: PushNotification.Kind
    var conversation: ConversationID
    var seq: UInt64
    /// The message's id, or that of the submission by which accounts came.
    var event: SubmissionID
    var sender: AccountID
    var origin: Origin
    /// When it reached the inbox.
    var time: Timestamp
    /// When the gateway took it.
    var serverTime: Timestamp
    /// From then on nobody has it any more.
    var expiresAt: Timestamp?
    var audience: Audience
    /// Those of them that come up to this one have been looked at.
    var reached: AccountID?
    /// Those looked at who had a connected device, in order: they are looked at again after the grace.
    var graced: [AccountID] = []
    /// Who has read it while it waited.
    var readers: Set<AccountID> = []
    /// Whether this is the second look.
    var isSecondLook = false

    /// The only account that it is for, if it is for one.
    var onlyAccount: AccountID? {
        guard case .accounts(let accounts) = audience, accounts.count == 1 else { return nil }
        return accounts.first
    }

    /// Whether it is for an account, if that may see it at all.
    func isFor(_ account: AccountID) -> Bool {
        switch audience {
        case .members: account != sender
        case .accounts(let accounts): accounts.contains(account)
        }
    }

    /// What it costs to keep, in accounts.
    var size: Int {
        var size = 1 + graced.count + readers.count
        if case .accounts(let accounts) = audience { size += accounts.count }
        return size
    }
}

/// What came of looking at some of the accounts that a post is for.
struct Look {
    let offset: Offset
    /// Who has a connected device, and so some more time.
    var graced: [AccountID] = []
    /// The last account looked at.
    var reached: AccountID?
    /// Whether all have been looked at.
    var isComplete = true
}
