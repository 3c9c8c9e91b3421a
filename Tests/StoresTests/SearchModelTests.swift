import Conversations
import Events
import Foundation
import GRDB
import Testing

@testable import Stores

/// Random histories, searched: what each account finds is what a naive model says, however indexing and folding interleave.
@Suite(.onEveryStore)
struct SearchModelTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// The seqs that an account finds, the newest first.
    private func expected(_ query: SearchQuery, _ room: Room, _ viewer: Viewer) -> [Int64] {
        let shared = Self.shared(room)
        return RoomModel(room, viewer).shown.reversed().compactMap { shown in
            guard case .messagePosted(let post) = shown.event.body, post.expiresAt == nil,
                !shown.event.isWithheld, shown.state?.presence == .here,
                let text = shared[shown.event.seq], query.matches(SearchText(of: text)),
                query.matches(SearchText(of: post.content))
            else { return nil }
            return shown.event.storedSeq
        }
    }

    /// What messages say to everybody.
    private static func shared(_ room: Room) -> [UInt64: ArraySlice<UInt8>] {
        var texts: [UInt64: ArraySlice<UInt8>] = [:]
        for event in room.events where !event.isWithheld {
            switch event.body {
            case .messagePosted(let post): texts[event.seq] = post.content
            case .acted(.editMessage(_, let content)):
                // Of what was withheld nobody else was told.
                if texts[event.messageSeq] != nil { texts[event.messageSeq] = content }
            case .acted(.deleteMessage): texts[event.messageSeq] = nil
            default: break
            }
        }
        return texts
    }

    @Test(arguments: UInt64(1)...30)
    func everyAccountFindsWhatTheModelSays(seed: UInt64) throws {
        var random = SeededRandom(state: seed &+ 1000)
        let room = try Room(randomly: seed, &random)
        let store = try folder.store("store")
        var events = room.events[...]
        while !events.isEmpty {
            var batch = StoreBatch()
            batch.events = Array(events.prefix(Int.random(in: 1...30, using: &random)))
            events = events.dropFirst(batch.events.count)
            try store.apply(batch)
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                _ = try store.indexTexts(limit: Int.random(in: 1...20, using: &random))
            }
        }
        try store.indexAllTexts()
        try (store as? SQLiteHotStore).map(expectWordsOfRowsAlone)
        let number = Int.random(in: 0..<150, using: &random)
        for text in [
            "text", "edit", "again", "te*", "\"text \(number)\"", "\(number)", "edit 1*", "none",
        ] {
            guard let query = try? SearchQuery(text) else { continue }
            for account in everybody {
                let viewer = Viewer(account, at: room.time)
                let expected = expected(query, room, viewer)
                let limit = Int.random(in: 1...40, using: &random)
                let isInOne = random.next() % 2 == 0
                let found = try store.found(
                    text,
                    by: viewer,
                    in: isInOne ? room.id : nil,
                    limit: limit
                )
                #expect(found.map(\.seq) == expected, "seed \(seed), \(account), \(text)")
            }
        }
    }

    /// The words that FTS5 has are those that the rows say, and nothing is left of what was taken out.
    private func expectWordsOfRowsAlone(in store: SQLiteHotStore) throws {
        let queue = try DatabaseQueue(path: store.path)
        try queue.write { database in
            try database.execute(
                sql: "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search_words, instance)"
            )
            var found = Set<String>()
            let words = try Row.fetchAll(
                database,
                sql: "SELECT doc, col, \"offset\", term FROM temp.words"
            )
            for row in words {
                found.insert(
                    "\(row[0] as Int64) \(row[1] as String) \(row[2] as Int) \(row[3] as String)"
                )
            }
            var expected = Set<String>()
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT id, conversation, body FROM searched"
            )
            for row in rows {
                let id: Int64 = row[0]
                let conversation = ConversationID(bytes: row[1] as Data)
                expected.insert("\(id) scope 0 \(conversation?.description ?? "")")
                for (place, word) in (row[2] as String).split(separator: " ").enumerated() {
                    expected.insert("\(id) body \(place) \(word)")
                }
            }
            #expect(found == expected)
        }
        try queue.close()
    }
}
