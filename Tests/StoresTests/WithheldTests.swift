import Conversations
import Events
import Stores
import Testing

/// What an account does whom the other has blocked: it is for its own eyes.
@Suite(.onEveryStore)
struct WithheldTests {
    private let folder: TemporaryFolder
    private let store: any HotStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    private func block(_ room: inout Room, _ isBlocked: Bool) throws {
        try room.act(ada, .setBlock(bob, isBlocked: isBlocked))
    }

    @Test func whatIsWithheldIsShownToItsSenderAlone() throws {
        var room = Room(between: ada, and: bob)
        try room.post("hello", by: bob)
        try block(&room, true)
        let asked = try RoomStore(store, &room)
        let before = try asked.summary(ada)
        try room.post("one", by: bob)
        let two = try room.post("two", by: bob)
        try asked.follow(&room)
        #expect(try asked.texts(ada) == ["hello"])
        #expect(try asked.texts(bob) == ["hello", "one", "two"])
        #expect(try asked.summary(ada) == before, "not even that something was")
        #expect(try asked.summary(ada)?.unreadCount == 1)
        #expect(try asked.summary(bob)?.lastEvent?.event == two)
        #expect(try asked.summary(bob)?.lastServerTime == two.serverTime)
        #expect(try asked.seqs(bob) == [1, 3, 4], "the block is not told")
        try block(&room, false)
        try room.post("three", by: bob)
        try asked.follow(&room)
        #expect(try asked.texts(ada) == ["hello", "three"])
        let unread = try asked.summary(ada)?.unreadCount
        #expect(unread == 2, "of what it may see")
    }

    @Test func aConversationThatBeginsWithABlockIsNotShownToTheBlocked() throws {
        var room = Room(between: ada, and: bob)
        try block(&room, true)
        let asked = try RoomStore(store, &room)
        #expect(try asked.seqs(ada) == [1])
        #expect(try asked.summary(ada)?.members == [ada, bob].sorted())
        #expect(try asked.seqs(bob) == nil)
        #expect(try asked.detail(bob) == nil)
        #expect(try asked.summary(bob) == nil)
        try room.post("hello?", by: bob)
        try asked.follow(&room)
        #expect(try asked.texts(bob) == ["hello?"])
        #expect(try asked.seqs(ada) == [1])
    }

    @Test func whatIsDoneToAMessageWithheldIsDoneForOneselfAlone() throws {
        var room = Room(between: ada, and: bob)
        let post = try room.post("old", by: bob)
        let other = try room.post("other", by: bob)
        try room.act(bob, .react(post.submission, emoji: "👍"))
        try block(&room, true)
        try room.act(
            bob,
            .editMessage(post.submission, content: MessageContent.encodedText("new".utf8))
        )
        try room.act(bob, .react(post.submission, emoji: "❤️"))
        try room.act(bob, .pin(post.submission, isPinned: true))
        try room.act(bob, .deleteMessage(other.submission))
        let asked = try RoomStore(store, &room)
        #expect(try asked.texts(ada) == ["old", "other"])
        #expect(try asked.texts(bob) == ["new", nil])
        func reactions(_ account: AccountID) throws -> [String]? {
            try asked.shown(post, to: account)?.state?.reactions.map(\.emoji)
        }
        #expect(try reactions(ada) == ["👍"])
        #expect(try reactions(bob) == ["❤️"])
        #expect(try asked.shown(post, to: bob)?.state?.ownReaction == "❤️")
        #expect(try asked.detail(ada)?.pins == [])
        #expect(try asked.detail(bob)?.pins.map(\.event.seq) == [post.seq])
        #expect(try asked.shown(post, to: ada)?.state?.editedTime == nil)

        // What is done openly afterwards is the newest for both.
        try block(&room, false)
        try room.act(
            bob,
            .editMessage(post.submission, content: MessageContent.encodedText("newest".utf8))
        )
        try room.act(bob, .react(post.submission, emoji: ""))
        try asked.follow(&room)
        #expect(try asked.texts(ada) == ["newest", "other"])
        #expect(try asked.texts(bob) == ["newest", nil])
        #expect(try reactions(ada) == [] && reactions(bob) == [])
    }

    @Test func aWithheldMessageCanBeEditedAndTakenBack() throws {
        var room = Room(between: ada, and: bob)
        try room.post("hello", by: bob)
        try block(&room, true)
        let post = try room.post("unheard", by: bob)
        let asked = try RoomStore(store, &room)
        try room.act(
            bob,
            .editMessage(post.submission, content: MessageContent.encodedText("changed".utf8))
        )
        try asked.follow(&room)
        #expect(try asked.texts(bob) == ["hello", "changed"])
        let rows = try store.rows(of: .asides, after: nil, limit: 100)
        let contents = StoreTable.asides.columns.firstIndex(of: "content")
        let place = try #require(contents)
        #expect(
            !rows.contains {
                $0.values[place] == .bytes(Array(MessageContent.encodedText("unheard".utf8)))
            }
        )
        try room.act(bob, .deleteMessage(post.submission))
        try asked.follow(&room)
        #expect(try asked.texts(bob) == ["hello", nil])
        #expect(try asked.texts(ada) == ["hello"])
    }

    @Test func aWithheldMessageHasReachedNobody() throws {
        var room = Room(between: ada, and: bob)
        try room.post("hello", by: bob)
        try block(&room, true)
        let post = try room.post("unheard", by: bob)
        try block(&room, false)
        let last = try room.post("heard", by: bob)
        room.mark(.read, last, by: ada)
        let asked = try RoomStore(store, &room)
        #expect(try asked.receipts(last, bob).value?.members.first?.readTime != nil)
        let receipts = try #require(try asked.receipts(post, bob).value)
        #expect(receipts.members.map(\.account) == [ada])
        #expect(receipts.members.map(\.deliveredTime) == [nil])
        #expect(try asked.receipts(post, ada) == .notFound)
    }
}
