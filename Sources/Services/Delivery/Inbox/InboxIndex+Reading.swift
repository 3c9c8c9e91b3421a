import Events
import Flow
import Foundation
import GRDB
import Web

extension InboxIndex {
    /// Entries of an account, as the log had them.
    struct Page: Sendable {
        var entries: [(offset: Offset, value: [UInt8])] = []
        /// Everything of the account below is in the page or before it.
        var reached: Offset
    }

    /// The account's entries from `from` on, below `below`: at most `limit`, and not many more bytes than `bytesMax`.
    static func page(
        _ partition: Partition,
        of account: AccountID,
        from: Offset,
        below: Offset,
        limit: Int,
        bytesMax: Int,
        _ database: Database
    ) throws -> Page {
        let statement = try database.cachedStatement(
            sql: """
                SELECT s.id, e.value FROM scopes s JOIN entries e ON e.id = s.id
                WHERE s.scope = ? AND s.id >= ? AND s.id < ? ORDER BY s.id LIMIT ?
                """
        )
        let rows = try Row.fetchCursor(
            statement,
            arguments: [
                blob(account.bytes), id(partition, from), id(partition, below), limit,
            ]
        )
        var page = Page(reached: max(from, below))
        var bytes = 0
        while let row = try rows.next() {
            let offset = offset(ofID: row[0])
            let value = [UInt8](row[1] as Data)
            page.entries.append((offset, value))
            bytes += value.count
            if page.entries.count == limit || bytes >= bytesMax {
                page.reached = offset.next
                break
            }
        }
        return page
    }

    /// The account's newest entries below `below` and not below `from`, newest first.
    static func newest(
        _ partition: Partition,
        of account: AccountID,
        from: Offset,
        below: Offset,
        limit: Int,
        _ database: Database
    ) throws -> [[UInt8]] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT e.value FROM scopes s JOIN entries e ON e.id = s.id
                WHERE s.scope = ? AND s.id >= ? AND s.id < ? ORDER BY s.id DESC LIMIT ?
                """
        )
        let rows = try Row.fetchCursor(
            statement,
            arguments: [
                blob(account.bytes), id(partition, from), id(partition, below), limit,
            ]
        )
        var values: [[UInt8]] = []
        while let row = try rows.next() { values.append([UInt8](row[0] as Data)) }
        return values
    }

    /// Up to where the marks of a device are known to be in the log.
    static func acknowledged(_ identity: Identity, _ database: Database) throws -> Offset? {
        let statement = try database.cachedStatement(
            sql: "SELECT offset FROM device_acks WHERE account = ? AND device = ?"
        )
        return try Int64.fetchOne(
            statement,
            arguments: [blob(identity.account.bytes), blob(identity.device.bytes)]
        ).map { Offset($0) }
    }

    /// What is kept about a partition.
    static func partition(_ partition: Partition, _ database: Database) throws -> PartitionRow? {
        try Row.fetchOne(
            database,
            sql: "SELECT epoch, kept_from, next_offset FROM partitions WHERE partition = ?",
            arguments: [partition.number]
        ).flatMap { row in
            guard let epoch = UInt64(row[0] as String) else { return nil }
            return PartitionRow(epoch: epoch, keptFrom: Offset(row[1]), next: Offset(row[2]))
        }
    }
}
