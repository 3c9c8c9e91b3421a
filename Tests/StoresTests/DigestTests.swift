import Conversations
import Events
import Stores
import Testing

@Suite(.onEveryStore)
struct DigestTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func script() -> Script {
        var script = Script()
        script.register(ada, name: "Ada", at: 1)
        script.register(bob, name: "Bob", at: 2)
        for number in 1...1200 {
            script.post(
                "m\(number)",
                from: number.isMultiple(of: 3) ? ada : bob,
                to: number.isMultiple(of: 3) ? bob : ada
            )
            script.mark(
                .delivered,
                Int64(number),
                by: ada,
                with: bob,
                at: Int64(2000 + number)
            )
        }
        return script
    }

    @Test func howBatchesWereCutDoesNotShow() throws {
        let whole = script().batch
        let one = try folder.store("one")
        try one.apply(whole)
        let other = try folder.store("other")
        // Receipts first, then the timeline in small pieces: another interleaving of the same partitions.
        var receipts = StoreBatch()
        receipts.receipts = whole.receipts
        try other.apply(receipts)
        for start in stride(from: 0, to: whole.events.count, by: 7) {
            var piece = StoreBatch()
            piece.events = Array(whole.events[start..<min(start + 7, whole.events.count)])
            try other.apply(piece)
        }
        var accounts = StoreBatch()
        accounts.accounts = whole.accounts
        try other.apply(accounts)
        #expect(try one.digests() == other.digests())
        #expect(try one.firstDifference(with: other) == nil)
        let rows = try one.digests().map { ($0.table, $0.rows) }.filter { $0.1 > 0 }
        #expect(
            rows.map(\.0) == [.accounts, .devices, .conversations, .members, .events, .receipts]
        )
        #expect(rows.map(\.1) == [2, 2, 1, 2, 1200, 1200])
    }

    @Test func aRowThatDiffersIsNamedWithoutItsContent() throws {
        let whole = script().batch
        let one = try folder.store("one")
        try one.apply(whole)

        var changed = whole
        changed.events[700].body = .messagePosted(MessagePost(recipient: ada, text: "other".utf8))
        let two = try folder.store("two")
        try two.apply(changed)
        #expect(try one.digest(of: .events) != two.digest(of: .events))
        #expect(try one.digest(of: .receipts) == two.digest(of: .receipts))
        let difference = try #require(try one.firstDifference(with: two))
        #expect(difference.kind == .columns(["content"]))
        let conversation = ConversationID(directBetween: ada, and: bob)
        #expect(
            difference.description
                == "events conversation=\(conversation) seq=701: content differ"
        )

        var shorter = whole
        shorter.receipts.removeLast()
        let three = try folder.store("three")
        try three.apply(shorter)
        #expect(try one.firstDifference(with: three)?.kind == .onlyHere)
        #expect(try three.firstDifference(with: one)?.kind == .onlyThere)
        #expect(try three.firstDifference(with: one)?.row.table == .receipts)
    }
}
