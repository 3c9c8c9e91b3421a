import Conversations
import Events
import Foundation
import GRDB
import Stores
import Testing

/// A store of an older version becomes what a new one would be.
struct MigrationTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Two accounts whose conversation's id looks like that of a group: one in 64 does.
    private func lookAlikes() throws -> (AccountID, AccountID) {
        for number in UInt64(1)...10_000 {
            let other = AccountID(high: 0xD0, low: number)
            if ConversationID(directBetween: ada, and: other).isUUIDv7 { return (ada, other) }
        }
        throw StoreError(.missing, "no such pair")
    }

    private func script() throws -> Script {
        let (one, other) = try lookAlikes()
        var script = Script()
        script.register(ada, name: "Ada", at: 1)
        for number in 1...40 {
            script.post("m\(number)", from: number.isMultiple(of: 3) ? ada : bob, to: cleo)
            script.post("n\(number)", from: one, to: other)
            let kind = number.isMultiple(of: 2) ? ReceiptMark.Kind.delivered : .read
            script.mark(kind, Int64(number), by: other, with: one, at: Int64(number))
            script.mark(kind, Int64(number), by: cleo, with: bob, at: Int64(number))
        }
        return script
    }

    /// Writes a batch of direct messages as the first version did.
    private func writeOld(_ batch: StoreBatch, to path: String) throws {
        var migrator = DatabaseMigrator()
        for step in SQLiteHotStore.schemaSteps.prefix(2) {
            migrator.registerMigration(step.identifier) { try $0.execute(sql: step.sql) }
        }
        let pool = try DatabasePool(path: path)
        try migrator.migrate(pool)
        try pool.write { database in
            try database.execute(
                sql: "INSERT INTO accounts VALUES (?, 'Ada', 1)",
                arguments: [data(ada)]
            )
            try database.execute(
                sql: "INSERT INTO devices VALUES (?, ?, '', 1)",
                arguments: [data(ada), data(device(of: ada))]
            )
            for event in batch.events { try writeOld(event, to: database) }
            for mark in batch.receipts {
                try database.execute(
                    sql: """
                        INSERT INTO receipts SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (
                            SELECT 1 FROM receipts WHERE conversation = ?1 AND account = ?2
                                AND kind = ?3 AND seq >= ?4)
                        """,
                    arguments: [
                        data(mark.conversation), data(mark.account), mark.kind.rawValue, mark.seq,
                        mark.time.milliseconds,
                    ]
                )
            }
        }
        try pool.close()
    }

    private func writeOld(_ event: TimelineEvent, to database: Database) throws {
        guard case .messagePosted(let post) = event.body, let recipient = post.recipient else {
            return
        }
        let clientTime = event.clientTime.milliseconds
        try database.execute(
            sql: "INSERT INTO events VALUES (?, ?, ?, ?, 16, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                data(event.conversation), event.storedSeq, Int64(event.messageCount),
                data(event.submission), data(event.sender), data(event.device), data(recipient),
                event.serverTime.milliseconds, clientTime == 0 ? nil : clientTime,
                Data(post.content), 1, 0, event.origin.offset.number, 0,
            ]
        )
        try database.execute(
            sql: """
                INSERT INTO conversations VALUES (?, 1, ?, ?, ?) ON CONFLICT DO UPDATE SET
                    last_seq = excluded.last_seq, message_count = excluded.message_count,
                    last_server_time = excluded.last_server_time
                """,
            arguments: [
                data(event.conversation), event.storedSeq, Int64(event.messageCount),
                event.serverTime.milliseconds,
            ]
        )
        for (account, seq) in [(event.sender, event.storedSeq), (recipient, 0)] {
            try database.execute(
                sql: """
                    INSERT INTO members VALUES (?, ?, 1, NULL, ?) ON CONFLICT DO UPDATE
                    SET last_sent_seq = max(last_sent_seq, excluded.last_sent_seq)
                    """,
                arguments: [data(account), data(event.conversation), seq]
            )
        }
    }

    private func data<Kind>(_ id: Identifier<Kind>) -> Data { Data(id.bytes) }

    @Test func aMigratedStoreEqualsOneThatWasBuiltAnew() throws {
        let batch = try script().batch
        let path = folder.file("old.sqlite")
        try writeOld(batch, to: path)
        let migrated = try SQLiteHotStore(path: path)
        let built = try SQLiteHotStore(path: folder.file("new.sqlite"))
        try built.apply(batch)
        #expect(try migrated.firstDifference(with: built) == nil)
        #expect(try migrated.digests() == built.digests())
        #expect(try built.digest(of: .marks).rows == 1)
        let conversation = ConversationID(directBetween: bob, and: cleo)
        let request = PageRequest(.newest)
        let page = try migrated.events(in: conversation, for: Viewer(cleo), page: request)
        let expected = batch.events.filter { $0.conversation == conversation }.reversed()
        #expect(page?.events == expected.prefix(30).map(PageEvent.init))
    }

    @Test func aMigratedStoreGoesOnAsOneThatWasBuiltAnew() throws {
        var script = try script()
        let first = script.take()
        let path = folder.file("old.sqlite")
        try writeOld(first, to: path)
        let migrated = try SQLiteHotStore(path: path)
        let built = try SQLiteHotStore(path: folder.file("new.sqlite"))
        try built.apply(first)
        script.post("later", from: cleo, to: bob)
        script.post("first", from: dan, to: ada)
        let second = script.take()
        for store in [migrated, built] { try store.apply(second) }
        #expect(try migrated.firstDifference(with: built) == nil)
    }

    @Test func aReaderWaitsForTheMigration() throws {
        let path = folder.file("old.sqlite")
        try writeOld(try script().batch, to: path)
        #expect(throws: StoreError(.missing, "")) { try SQLiteStoreReader(path: path) }
        try SQLiteHotStore(path: path).close()
        #expect(try SQLiteStoreReader(path: path).digest(of: .events).rows == 80)
    }
}
