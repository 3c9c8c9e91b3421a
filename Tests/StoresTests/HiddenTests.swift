import Accounts
import Conversations
import Events
import Stores
import SwiftProtobuf
import Testing

/// What an account does not want to see again.
@Suite(.onEveryStore)
struct HiddenTests {
    private let folder: TemporaryFolder
    private let store: any HotStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    private func hide(_ event: TimelineEvent, _ account: AccountID) throws {
        let change = AccountChange.hide(event.conversation, event.submission)
        try store.apply(batch([setting(change, by: account, at: 1)]))
    }

    @Test func aPageKeepsItsPlaceWithoutItsContent() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let posts = try (1...5).map { number in
            try room.post("text \(number)", by: bob) { $0.mentions = [ada] }
        }
        try room.act(bob, .react(posts[2].submission, emoji: "👍"))
        let asked = try RoomStore(store, &room)
        try hide(posts[2], ada)
        #expect(try asked.texts(ada) == ["text 1", "text 2", nil, "text 4", "text 5"])
        let shown = try #require(try asked.shown(posts[2], to: ada))
        #expect(shown.state?.presence == .hidden)
        #expect(shown.state?.reactions == [])
        #expect(try asked.seqs(ada) == asked.seqs(bob))
        #expect(try asked.texts(bob) == (1...5).map { "text \($0)" })
        #expect(try asked.summary(ada)?.unreadCount == 5, "it was there")
        // The same id in another conversation is another message.
        var other = Room(between: ada, and: bob)
        let post = MessagePost(recipient: ada, text: "elsewhere".utf8)
        try other.submit(.postMessage(post), by: bob, as: posts[2].submission)
        let asideStore = try RoomStore(store, &other)
        #expect(try asideStore.texts(ada) == ["elsewhere"])
    }

    @Test func noEventTellsTheTextAllTheSame() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let post = try room.post("first needle", by: bob)
        let edit = try room.act(
            bob,
            .editMessage(post.submission, content: MessageContent.encodedText("needle".utf8))
        )
        try room.act(ada, .pin(post.submission, isPinned: true))
        let location = PBLocation.with { $0.latitudeE7 = 481_234_567 }
        let live = PBContent.with {
            $0.liveLocation = .with {
                $0.start = location
                $0.endsAtMs = room.time.milliseconds + 3_600_000
            }
        }
        let bytes: [UInt8] = try live.serializedBytes()
        let place: [UInt8] = try location.serializedBytes()
        let sent = try room.post(bytes[...], by: bob)
        let moved = try room.act(bob, .moveLiveLocation(sent.submission, location: place[...]))
        let asked = try RoomStore(store, &room)
        #expect(try asked.detail(ada)?.pins.count == 1)
        try hide(post, ada)
        try hide(sent, ada)
        let page = try #require(try asked.page(ada))
        for event in [post, edit, sent, moved] {
            let shown = try #require(page.first { $0.event.seq == event.seq })
            #expect(shown.state?.presence == .hidden, "\(event.seq)")
            switch shown.event.body {
            case .messagePosted(let post): #expect(post.content.isEmpty)
            case .acted(.editMessage(_, let content)): #expect(content.isEmpty)
            case .acted(.moveLiveLocation(_, let location)): #expect(location.isEmpty)
            default: Issue.record("\(shown.event.body)")
            }
        }
        #expect(try asked.detail(ada)?.pins.isEmpty == true)
        #expect(try asked.detail(bob)?.pins.count == 1)
        #expect(try asked.summary(ada)?.lastEvent?.state?.presence == .hidden)
        // Nor when it is edited later.
        try room.act(
            bob,
            .editMessage(post.submission, content: MessageContent.encodedText("needles".utf8))
        )
        try asked.follow(&room)
        #expect(try asked.page(ada)?.last?.state?.presence == .hidden)
        #expect(try asked.texts(bob).first == "needles")
    }

    @Test func itIsHiddenWhetherItIsThereOrGone() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let post = try room.post("text", by: bob)
        let asked = try RoomStore(store, &room)
        try hide(post, ada)
        try room.act(bob, .deleteMessage(post.submission))
        try asked.follow(&room)
        #expect(try asked.shown(post, to: ada)?.state?.presence == .hidden)
        #expect(try asked.shown(post, to: bob)?.state?.presence == .deleted)
    }
}
