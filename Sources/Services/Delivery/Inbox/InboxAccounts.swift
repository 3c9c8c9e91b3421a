import Accounts
import Events

/// What the accounts of one inbox partition let others know of them, and whom they have blocked.
///
/// A fold of what the inbox says, over a snapshot of `accounts` and `memberships` that may be ahead of it: what came from a record of
/// `accounts` below `since` is in the snapshot, and of a block the one with the later origin holds.
struct InboxAccounts: Sendable {
    /// Whether one account has blocked another, and the offset of the submission that said so.
    struct Block: Equatable, Sendable {
        let isBlocked: Bool
        let at: Offset
    }

    /// What an account has changed, and by which record of `accounts`; boxed, because hardly an entry has one.
    indirect enum Change: Equatable, Sendable {
        case privacy(AccountID, Privacy.Change, at: Offset)
        /// Whether the second is among the contacts of the first.
        case contact(AccountID, AccountID, isContact: Bool, at: Offset)
        case block(AccountID, AccountID, Block)

        /// What a record of `accounts` says that matters here.
        init?(_ event: AccountEvent, at offset: Offset) {
            switch event.change {
            case .privacy(let change): self = .privacy(event.account, change, at: offset)
            case .contact(let peer, let isContact):
                self = .contact(event.account, peer, isContact: isContact, at: offset)
            case .registered, .deviceAdded, .deviceRemoved, .preferences, .star, .hide, .unknown:
                return nil
            }
        }
    }

    /// What `accounts` and `memberships` said at one moment, for an index that knows nothing.
    struct Snapshot: Sendable {
        /// Everything of `accounts` below is in it.
        var since = Offset(0)
        var changes: [Change] = []
    }

    /// Records of `accounts` below changed nothing that is not known.
    private(set) var since: Offset
    /// What differs from the default.
    private(set) var privacy: [AccountID: Privacy] = [:]
    private var blocks: [AccountID: [AccountID: Block]] = [:]

    /// Accounts of which nothing is known but that everything below `since` was looked at.
    init(since: Offset = Offset(0)) {
        self.since = since
    }

    /// What was so at one moment.
    init(_ snapshot: Snapshot) {
        self.init()
        for change in snapshot.changes { apply(change) }
        since = snapshot.since
    }

    /// What an account lets others know.
    func privacy(of account: AccountID) -> Privacy {
        privacy.isEmpty ? Privacy() : privacy[account] ?? Privacy()
    }

    /// Whether an account neither says nor is told what was read.
    func hidesReads(_ account: AccountID) -> Bool {
        !privacy.isEmpty && privacy[account]?.readReceipts == false
    }

    /// Whether `account` has blocked `other`.
    func hasBlocked(_ account: AccountID, _ other: AccountID) -> Bool {
        !blocks.isEmpty && blocks[account]?[other]?.isBlocked == true
    }

    /// Folds a change in.
    ///
    /// - Returns: whether it was news.
    @discardableResult
    mutating func apply(_ change: Change) -> Bool {
        switch change {
        case .privacy(let account, let change, let offset):
            guard offset >= since else { return false }
            var privacy = privacy(of: account)
            privacy.apply(change)
            set(privacy, of: account)
        case .contact(_, _, _, let offset):
            return offset >= since
        case .block(let account, let other, let block):
            if let known = blocks[account]?[other], known.at >= block.at { return false }
            blocks[account, default: [:]][other] = block
        }
        return true
    }

    /// What an account lets others know, as it was stored.
    mutating func set(_ privacy: Privacy, of account: AccountID) {
        self.privacy[account] = privacy == Privacy() ? nil : privacy
    }
}
