import Conversations
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

    /// What an account is told: under its own name, and as a member of groups and channels.
    struct Reader: Sendable {
        let account: AccountID
        let stays: [ConversationID: Stays]

        fileprivate var scopes: [[UInt8]] { [account.bytes] + stays.keys.map(\.bytes) }

        /// Whether an entry that one of the scopes found is for the account.
        fileprivate func sees(_ value: [UInt8]) -> Bool {
            // Without groups there is nothing that could be found and not be for the account.
            guard !stays.isEmpty, let message = try? InboxMessage(value) else { return true }
            guard message.only.isEmpty else { return message.only.contains(account) }
            guard case .event(let event) = message.body, event.kind != .direct else { return true }
            return stays[event.conversation]?.sees(event.seq) ?? false
        }
    }

    /// The reader's entries from `from` on, below `below`: at most `limit`, and not many more bytes than `bytesMax`.
    static func page(
        _ partition: Partition,
        of reader: Reader,
        from: Offset,
        below: Offset,
        limit: Int,
        bytesMax: Int,
        _ database: Database
    ) throws -> Page {
        let found = try ids(
            partition,
            reader.scopes,
            from: from,
            below: below,
            limit: limit,
            isNewestFirst: false,
            database
        )
        var page = Page(reached: max(from, below))
        var bytes = 0
        for id in found {
            let offset = offset(ofID: id)
            guard let value = try value(of: id, database) else { continue }
            bytes += value.count
            if reader.sees(value) { page.entries.append((offset, value)) }
            if bytes >= bytesMax, id != found.last {
                page.reached = offset.next
                return page
            }
        }
        if found.count == limit, let last = found.last { page.reached = offset(ofID: last).next }
        return page
    }

    /// The reader's newest entries below `below` and not below `from`, newest first.
    static func newest(
        _ partition: Partition,
        of reader: Reader,
        from: Offset,
        below: Offset,
        limit: Int,
        _ database: Database
    ) throws -> [[UInt8]] {
        try ids(
            partition,
            reader.scopes,
            from: from,
            below: below,
            limit: limit,
            isNewestFirst: true,
            database
        ).compactMap { try value(of: $0, database) }.filter(reader.sees)
    }

    /// The first `limit` ids that any of the scopes has, in order.
    private static func ids(
        _ partition: Partition,
        _ scopes: [[UInt8]],
        from: Offset,
        below: Offset,
        limit: Int,
        isNewestFirst: Bool,
        _ database: Database
    ) throws -> [Int64] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT id FROM scopes WHERE scope = ? AND id >= ? AND id < ?
                ORDER BY id \(isNewestFirst ? "DESC" : "ASC") LIMIT ?
                """
        )
        let range = (id(partition, from), id(partition, below))
        var ids: [Int64] = []
        for scope in scopes {
            ids += try Int64.fetchAll(
                statement,
                arguments: [blob(scope), range.0, range.1, limit]
            )
        }
        guard scopes.count > 1 else { return ids }
        let sorted = isNewestFirst ? ids.sorted(by: >) : ids.sorted()
        return Array(sorted.prefix(limit))
    }

    private static func value(of id: Int64, _ database: Database) throws -> [UInt8]? {
        try Data.fetchOne(
            database.cachedStatement(sql: "SELECT value FROM entries WHERE id = ?"),
            arguments: [id]
        ).map { [UInt8]($0) }
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
