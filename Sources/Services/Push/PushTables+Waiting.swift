import Events
import Foundation
import GRDB
import Projections

/// What waits: a row for each post, however many accounts it is for.
extension PushTables {
    static func waiting(of partition: Partition, in database: Database) throws -> [WaitingPost] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT inbox_offset, kind, conversation, seq, event, sender, origin_topic,
                    origin_partition, origin_offset, origin_index, time, server_time, expires_at,
                    audience, reached, graced, readers, is_second_look
                FROM waiting WHERE partition = ? ORDER BY inbox_offset
                """,
            arguments: [partition.number]
        ).compactMap { WaitingPost($0) }
    }

    static func save(
        _ post: WaitingPost,
        in partition: Partition,
        to database: Database
    ) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO waiting
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute { binder in
            binder.integer(partition.number)
            binder.integer(post.offset.number)
            binder.integer(post.kind.rawValue)
            binder.blob(post.conversation.bytes)
            binder.integer(Int64(clamping: post.seq))
            binder.blob(post.event.bytes)
            binder.blob(post.sender.bytes)
            binder.integer(post.origin.topicNumber)
            binder.integer(post.origin.partition.number)
            binder.integer(post.origin.offset.number)
            binder.integer(post.origin.index)
            binder.integer(post.time.milliseconds)
            binder.integer(post.serverTime.milliseconds)
            if let end = post.expiresAt { binder.integer(end.milliseconds) } else { binder.null() }
            switch post.audience {
            case .members: binder.null()
            case .accounts(let accounts): binder.blob(accounts.flatMap(\.bytes))
            }
            if let reached = post.reached { binder.blob(reached.bytes) } else { binder.null() }
            binder.blob(post.graced.flatMap(\.bytes))
            binder.blob(post.readers.sorted().flatMap(\.bytes))
            binder.integer(post.isSecondLook ? 1 : 0)
        }
    }

    static func removeWaiting(
        at offset: Offset,
        in partition: Partition,
        from database: Database
    ) throws {
        try database.cachedStatement(
            sql: "DELETE FROM waiting WHERE partition = ? AND inbox_offset = ?"
        ).execute { binder in
            binder.integer(partition.number)
            binder.integer(offset.number)
        }
    }
}

extension WaitingPost {
    fileprivate init?(_ row: Row) {
        guard let kind = PushNotification.Kind(rawValue: row[1]),
            let conversation = ConversationID(bytes: row[2] as Data),
            let event = SubmissionID(bytes: row[4] as Data),
            let sender = AccountID(bytes: row[5] as Data)
        else { return nil }
        self.init(
            offset: Offset(row[0]),
            kind: kind,
            conversation: conversation,
            seq: UInt64(clamping: row[3] as Int64),
            event: event,
            sender: sender,
            origin: Origin(
                topicNumber: row[6],
                partition: Partition(row[7]),
                offset: Offset(row[8]),
                index: row[9]
            ),
            time: Timestamp(milliseconds: row[10]),
            serverTime: Timestamp(milliseconds: row[11]),
            expiresAt: (row[12] as Int64?).map { Timestamp(milliseconds: $0) },
            audience: (row[13] as Data?).map { .accounts(Self.accounts($0)) } ?? .members,
            reached: (row[14] as Data?).flatMap { AccountID(bytes: $0) },
            graced: Self.accounts(row[15]),
            readers: Set(Self.accounts(row[16])),
            isSecondLook: row[17]
        )
    }

    /// 16 bytes each.
    private static func accounts(_ bytes: Data) -> [AccountID] {
        var accounts: [AccountID] = []
        var rest = bytes[...]
        while rest.count >= 16 {
            if let account = AccountID(bytes: rest.prefix(16)) { accounts.append(account) }
            rest = rest.dropFirst(16)
        }
        return accounts
    }
}
