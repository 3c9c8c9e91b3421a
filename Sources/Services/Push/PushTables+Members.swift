import Events
import Foundation
import GRDB

/// Who is and was in which group: a row for each stay.
extension PushTables {
    static func members(of partition: Partition, in database: Database) throws -> GroupMembers {
        var members = GroupMembers()
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT conversation, account, from_seq, until_seq FROM members
                WHERE partition = ? ORDER BY conversation, account, from_seq
                """,
            arguments: [partition.number]
        )
        while let row = try rows.next() {
            guard let conversation = ConversationID(bytes: row[0] as Data),
                let account = AccountID(bytes: row[1] as Data)
            else { continue }
            let from = UInt64(clamping: row[2] as Int64)
            let until = (row[3] as Int64?).map { UInt64(clamping: $0) } ?? .max
            members.insert(account, in: conversation, from...max(from, until))
        }
        return members
    }

    /// Writes who came and who went; once more changes nothing.
    static func save(
        _ changes: [GroupMembers.Change],
        in partition: Partition,
        to database: Database
    ) throws {
        let join = try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO members (partition, conversation, account, from_seq)
                VALUES (?, ?, ?, ?)
                """
        )
        let leave = try database.cachedStatement(
            sql: """
                UPDATE members SET until_seq = ?, left_ms = ?
                WHERE partition = ? AND conversation = ? AND account = ? AND until_seq IS NULL
                    AND from_seq = (SELECT max(from_seq) FROM members WHERE partition = ?
                        AND conversation = ? AND account = ? AND from_seq <= ?)
                """
        )
        for change in changes {
            let conversation = Data(change.conversation.bytes)
            let account = Data(change.account.bytes)
            let seq = Int64(clamping: change.seq)
            guard let time = change.left else {
                try join.execute(arguments: [partition.number, conversation, account, seq])
                continue
            }
            try leave.execute(arguments: [
                seq, time.milliseconds, partition.number, conversation, account,
                partition.number, conversation, account, seq,
            ])
        }
    }

    /// Forgets stays that ended before `time`: what they let see is not notified any more.
    static func pruneMembers(
        before time: Timestamp,
        in partition: Partition,
        _ database: Database
    ) throws {
        try database.cachedStatement(
            sql: "DELETE FROM members WHERE partition = ? AND left_ms < ?"
        ).execute(arguments: [partition.number, time.milliseconds])
    }
}
