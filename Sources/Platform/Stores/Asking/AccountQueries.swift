import Accounts
import Events

/// What one account may ask of itself, within one read access.
struct AccountQueries {
    let database: StoreConnection
    let viewer: Viewer

    /// Lets the viewer ask, unless its device was removed.
    ///
    /// - Throws: `StoreError` with code `deviceRemoved`.
    func admit() throws {
        guard let device = viewer.device else { return }
        let query = try BoundStatement(
            database,
            "SELECT removed_time IS NOT NULL FROM devices WHERE account = ? AND device = ?"
        )
        query.bind(1, viewer.account)
        query.bind(2, device)
        // One that was not heard of yet is only late.
        guard try query.first({ $0.integer(0) == 1 }) != true else {
            throw StoreError(.deviceRemoved, "the device was removed from its account")
        }
    }

    /// What is known of the account; `nil`: it was not heard of yet.
    func profile() throws -> StoredProfile? {
        let query = try BoundStatement(
            database,
            "SELECT name, registered_time FROM accounts WHERE account = ?"
        )
        query.bind(1, viewer.account)
        return try query.first { row in
            let name = row.text(0)
            return StoredProfile(name: name.isEmpty ? nil : name, registeredTime: row.time(1))
        }
    }

    func privacy() throws -> Privacy {
        let query = try BoundStatement(
            database,
            "SELECT read_receipts, presence FROM privacy WHERE account = ?"
        )
        query.bind(1, viewer.account)
        let stored = try query.first { row in
            // Who can't be told apart may not see anything.
            let presence = Visibility(rawValue: Int(clamping: row.integer(1))) ?? .nobody
            return Privacy(readReceipts: row.integer(0) != 0, presence: presence)
        }
        return stored ?? Privacy()
    }

    /// How the account wants a conversation.
    func preferences(
        of conversation: ConversationID
    ) throws -> (mutedUntil: Timestamp, isArchived: Bool) {
        let query = try BoundStatement(
            database,
            "SELECT muted_until, archived FROM preferences WHERE account = ? AND conversation = ?"
        )
        query.bind(1, viewer.account)
        query.bind(2, conversation)
        let stored = try query.first { ($0.time(0), $0.integer(1) != 0) }
        return stored ?? (Timestamp(milliseconds: 0), false)
    }

    /// The devices that were not removed, the newest first.
    ///
    /// They fit on a page: no account has so many.
    func devices() throws -> [StoredDevice] {
        let query = try BoundStatement(
            database,
            """
            SELECT device, name, added_time FROM devices
            WHERE account = ? AND removed_time IS NULL ORDER BY added_time DESC, device LIMIT ?
            """
        )
        query.bind(1, viewer.account)
        query.bind(2, Int64(Limits.historyPageEventsMax))
        var devices: [StoredDevice] = []
        try query.eachRow { row in
            let name = row.text(1)
            let device: DeviceID = try row.identifier(0)
            devices.append(
                StoredDevice(
                    device: device,
                    name: name.isEmpty ? nil : name,
                    addedTime: row.time(2),
                    isCurrent: device == viewer.device
                )
            )
        }
        return devices
    }

    /// A page of the contacts, by account.
    func contacts(
        after account: AccountID?,
        limit: Int
    ) throws -> StorePage<StoredContact, AccountID> {
        let limit = PageRequest.limit(limit)
        let query = try BoundStatement(
            database,
            """
            SELECT c.contact, a.name, c.since_time
            FROM contacts c LEFT JOIN accounts a ON a.account = c.contact
            WHERE c.account = ?1 AND c.contact > coalesce(?2, x'') ORDER BY c.contact LIMIT ?3
            """
        )
        query.bind(1, viewer.account)
        query.bind(2, account)
        query.bind(3, Int64(limit + 1))
        var contacts: [StoredContact] = []
        try query.eachRow { row in
            let name = row.text(1)
            contacts.append(
                StoredContact(
                    account: try row.identifier(0),
                    name: name.isEmpty ? nil : name,
                    since: row.time(2)
                )
            )
        }
        return StorePage(contacts, limit: limit) { $0.account }
    }
}
