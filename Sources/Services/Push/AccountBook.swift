import Events
import Foundation
import GRDB
import Projections

/// What accounts say in `accounts` that push needs: their devices, and which conversations they don't want to hear of.
///
/// What the database doesn't have yet is here; everything else is asked of it.
struct AccountBook {
    private struct Place: Hashable {
        let account: AccountID
        let conversation: ConversationID
    }

    /// Whether a device was removed, by account.
    private var devices: [AccountID: [DeviceID: Bool]] = [:]
    private var mutes: [Place: Timestamp] = [:]

    // MARK: Folding

    mutating func add(_ device: DeviceID, to account: AccountID) {
        // One that was removed is never the account's again.
        if devices[account]?[device] == nil { devices[account, default: [:]][device] = false }
    }

    mutating func remove(_ device: DeviceID, from account: AccountID) {
        devices[account, default: [:]][device] = true
    }

    /// The account doesn't want to hear of a conversation before then.
    mutating func mute(_ conversation: ConversationID, of account: AccountID, until: Timestamp) {
        mutes[Place(account: account, conversation: conversation)] = until
    }

    // MARK: Asking

    /// The account's devices, in order; `nil`: all that it ever had were removed.
    func devices(of account: AccountID, _ database: Database) throws -> [DeviceID]? {
        var isRemoved: [DeviceID: Bool] = [:]
        let statement = try database.cachedStatement(
            sql: "SELECT device, is_removed FROM devices WHERE account = ?"
        )
        let rows = try Row.fetchCursor(statement, arguments: [Data(account.bytes)])
        while let row = try rows.next() {
            if let device = DeviceID(bytes: row[0] as Data) { isRemoved[device] = row[1] }
        }
        isRemoved.merge(devices[account] ?? [:]) { $0 || $1 }
        let left = isRemoved.filter { !$0.value }.keys.sorted()
        return left.isEmpty && !isRemoved.isEmpty ? nil : Array(left.suffix(devicesMax))
    }

    /// Until when the account doesn't want to hear of a conversation; `nil`: it does.
    func muted(
        _ conversation: ConversationID,
        by account: AccountID,
        _ database: Database
    ) throws -> Timestamp? {
        let place = Place(account: account, conversation: conversation)
        if let until = mutes[place] { return until }
        let statement = try database.cachedStatement(
            sql: "SELECT until_ms FROM mutes WHERE account = ? AND conversation = ?"
        )
        return try Int64.fetchOne(
            statement,
            arguments: [Data(account.bytes), Data(conversation.bytes)]
        ).map { Timestamp(milliseconds: $0) }
    }

    /// The newest devices of an account that are told.
    private var devicesMax: Int { 2 * Limits.devicesPerAccountMax }

    // MARK: Checkpoint

    func save(_ database: Database) throws {
        let add = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO devices VALUES (?, ?, 0)"
        )
        let remove = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO devices VALUES (?, ?, 1)"
        )
        for (account, devices) in devices {
            for (device, isRemoved) in devices {
                try (isRemoved ? remove : add).execute { binder in
                    binder.blob(account.bytes)
                    binder.blob(device.bytes)
                }
            }
        }
        let mute = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO mutes VALUES (?, ?, ?)"
        )
        let unmute = try database.cachedStatement(
            sql: "DELETE FROM mutes WHERE account = ? AND conversation = ?"
        )
        for (place, until) in mutes {
            let isMuted = until.milliseconds > 0
            try (isMuted ? mute : unmute).execute { binder in
                binder.blob(place.account.bytes)
                binder.blob(place.conversation.bytes)
                if isMuted { binder.integer(until.milliseconds) }
            }
        }
    }

    /// The database has it.
    mutating func saved() {
        devices.removeAll()
        mutes.removeAll()
    }
}
