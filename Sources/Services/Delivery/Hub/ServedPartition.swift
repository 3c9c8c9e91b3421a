import Accounts
import Conversations
import Events

/// A partition that this instance serves.
struct ServedPartition {
    private struct Contact: Hashable {
        let account: AccountID
        let peer: AccountID
    }

    let opening: InboxOpening
    /// When it was taken over.
    let opened: Duration
    var tail: InboxTail
    /// Who is in which group or channel.
    var members: InboxMembers
    /// Which messages say something else by now.
    var redactions: Redactions
    /// What the accounts let others know.
    var accounts: InboxAccounts
    /// Who watches them.
    var presence: PresenceBook
    /// When all watchers are told what is so now: when the devices have had time to come here from the last owner.
    var presenceDue: Duration?
    /// When what was watched too long ago is looked for.
    var expiryDue: Duration
    /// What changed of the accounts by the entries taken in last.
    private var changes: [InboxAccounts.Change] = []
    /// Contacts that came or went by entries that the index may not have yet.
    private var recentContacts: [Contact: (isContact: Bool, at: Offset)] = [:]
    /// The index is complete from here on.
    var keptFrom: Offset
    /// The log has said that everything was read that was there at the opening.
    var wasCaughtUp = false
    /// Devices whose position lies beyond the tail's end: what they have was delivered before a crash and is still to be read again.
    var recoveries: [DeviceMarks] = []

    /// Takes over a partition as it was opened.
    init(_ opening: InboxOpening, _ settings: DeliverySettings, now: Duration) {
        self.opening = opening
        opened = now
        tail = InboxTail(end: opening.next, bounds: settings.tail)
        presence = PresenceBook(watchersMax: settings.watchersMax)
        presenceDue = now + settings.presenceGrace
        expiryDue = now + settings.watchExpiryInterval
        members = opening.members
        redactions = opening.redactions
        accounts = opening.accounts
        keptFrom = opening.keptFrom
    }

    /// Takes a batch's entries in, without what the batch itself, or an earlier one, has taken away.
    ///
    /// - Returns: the entries as they may be shown.
    mutating func append(_ entries: [InboxEntry], end: Offset) -> [InboxEntry] {
        var changesFrames = false
        for entry in entries {
            if let change = entry.redaction {
                redactions.apply(change)
                changesFrames = true
            }
            guard let change = entry.change, accounts.apply(change) else { continue }
            changes.append(change)
            switch change {
            case .privacy(_, let change, _):
                if change.readReceipts != nil { changesFrames = true }
            case .contact(let account, let peer, let isContact, _):
                let contact = Contact(account: account, peer: peer)
                recentContacts[contact] = (isContact, entry.offset)
            case .block: break
            }
        }
        guard changesFrames || !redactions.isEmpty else {
            tail.append(entries, end: end)
            return entries
        }
        let (redactions, accounts, epoch) = (redactions, accounts, opening.epoch)
        func shown(_ entry: InboxEntry) -> InboxEntry {
            entry.shown(redactions, accounts, epoch: epoch)
        }
        if changesFrames { tail.show(shown) }
        let news = entries.map(shown)
        tail.append(news, end: end)
        return news
    }

    /// An entry as it may be shown now.
    func shown(_ entry: InboxEntry) -> InboxEntry {
        entry.shown(redactions, accounts, epoch: opening.epoch)
    }

    /// Takes out what changed of the accounts.
    mutating func takeChanges() -> [InboxAccounts.Change] {
        guard !changes.isEmpty else { return [] }
        defer { changes = [] }
        return changes
    }

    /// Everything below `row.next` is in the index now.
    mutating func commit(_ row: InboxIndex.PartitionRow) {
        tail.commit(row.next)
        keptFrom = row.keptFrom
        guard !recentContacts.isEmpty else { return }
        recentContacts = recentContacts.filter { $0.value.at >= row.next }
    }

    /// Whether `peer` has come to an account's contacts or gone, too lately for the index; `nil`: neither.
    func recentContact(_ peer: AccountID, of account: AccountID) -> Bool? {
        recentContacts.isEmpty
            ? nil : recentContacts[Contact(account: account, peer: peer)]?.isContact
    }

    /// Whether an account is a member of a group or a channel.
    func isMember(_ account: AccountID, of conversation: ConversationID) -> Bool {
        members.members(of: conversation)[account]?.isOpen == true
    }

    /// Whether everything was read that was there when the partition was opened.
    var isCaughtUp: Bool { wasCaughtUp || tail.end >= opening.logEnd }

    /// What an account may read.
    func reader(of account: AccountID) -> InboxIndex.Reader {
        InboxIndex.Reader(account: account, stays: members.stays(of: account))
    }

    /// Where "now" is: nothing below is new to anybody.
    var end: Offset { max(tail.end, opening.logEnd) }
}
