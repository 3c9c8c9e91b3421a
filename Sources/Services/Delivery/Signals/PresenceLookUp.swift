import Events
import GRDB

/// What the event loop does not know of an account and has to read from the index.
struct PresenceLookUp: Sendable {
    let partition: Partition
    let account: AccountID
    /// Who of these is among the account's contacts.
    let contacts: [AccountID]
    /// Whether to say when the account was last connected.
    let wantsTime: Bool

    struct Answer: Sendable {
        let partition: Partition
        let account: AccountID
        let asked: [AccountID]
        let contacts: Set<AccountID>
        let lastSeen: Timestamp?
    }
}

extension InboxOpening {
    /// Reads the index, which all partitions share; blocks.
    func answers(to lookUps: [PresenceLookUp]) throws -> [PresenceLookUp.Answer] {
        guard let database else { return [] }
        return try database.read { database in
            try lookUps.map { lookUp in
                let contacts = try InboxIndex.contacts(
                    of: lookUp.account,
                    among: lookUp.contacts,
                    lookUp.partition,
                    database
                )
                let time =
                    lookUp.wantsTime
                    ? try InboxIndex.lastSeen(lookUp.account, lookUp.partition, database) : nil
                return PresenceLookUp.Answer(
                    partition: lookUp.partition,
                    account: lookUp.account,
                    asked: lookUp.contacts,
                    contacts: contacts,
                    lastSeen: time
                )
            }
        }
    }
}
