import Conversations
import Events
import Stores
import Testing

/// Who has a message, and who may know.
@Suite(.onEveryStore)
struct ReceiptTests {
    private let folder: TemporaryFolder
    private let store: any HotStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    @Test func theyAreForTheAuthorAndOfThoseWhoCouldSeeTheMessage() throws {
        var room = try Room(.group, of: ada, with: [bob, cleo])
        try room.act(ada, .removeMember(cleo))
        let post = try room.post("hello", by: ada)
        try room.act(ada, .addMembers([cleo, dan]))
        room.mark(.delivered, post, by: bob)
        let read = room.time + .seconds(1)
        room.mark(.read, post, by: bob)
        let asked = try RoomStore(store, &room)
        let receipts = try #require(try asked.receipts(post, ada).value)
        #expect(receipts.members.map(\.account) == [bob])
        #expect(receipts.members[0].readTime == read)
        #expect(receipts.members[0].deliveredTime == read - .seconds(1))
        #expect(try asked.receipts(post, bob) == .notAllowed)
        #expect(try asked.receipts(post, cleo) == .notFound)
        #expect(try asked.receipts(post, dan) == .notFound)
        // Whoever had it has had it, even if gone since.
        try room.act(bob, .leave)
        try asked.follow(&room)
        #expect(try asked.receipts(post, ada).value?.members.map(\.account) == [bob])
        #expect(try asked.receipts(post, bob) == .notAllowed)
    }

    @Test func theyArePagedByAccount() throws {
        let many = (1...250).map { AccountID(high: 0xFF00, low: UInt64($0)) }
        var room = try Room(.group, of: ada, with: many)
        let post = try room.post("hello", by: ada)
        let asked = try RoomStore(store, &room)
        for limit in [1, 99, 100, 1000] {
            var found: [AccountID] = []
            var place: AccountID?
            repeat {
                let answer = try asked.receipts(post, ada, after: place, limit: limit)
                guard case .members(let members, let next)? = answer.value?.extent else { break }
                found += members.map(\.account)
                place = next
            } while place != nil
            #expect(found == many, "\(limit)")
        }
    }

    @Test func anIdThatSomebodyElseChoseTooIsTheAskersOwn() throws {
        var room = Room(between: ada, and: bob)
        var other = Room(between: ada, and: cleo)
        let id = Room.id(at: room.time, 77)
        let post = MessagePost(recipient: bob, text: "mine".utf8)
        let own = try room.submit(.postMessage(post), by: ada, as: id)
        let reply = MessagePost(recipient: ada, text: "theirs".utf8)
        try other.submit(.postMessage(reply), by: cleo, as: id)
        let asked = try RoomStore(store, &room)
        try store.apply(other.take())
        #expect(try asked.receipts(own, ada).value?.conversation == room.id)
        #expect(try asked.receipts(own, cleo).value?.conversation == other.id)
        #expect(try asked.receipts(own, bob) == .notAllowed)
    }
}
