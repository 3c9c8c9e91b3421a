import Conversations
import Events
import GRDB
import Stores
import SwiftProtobuf
import Testing

/// What is done to messages after they were posted.
@Suite(.onEveryStore)
struct MessageTests {
    private let folder: TemporaryFolder
    private let store: any HotStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    /// Whether any value of any row holds these bytes.
    private func holds(_ text: String) throws -> Bool {
        let needle = Array(text.utf8)
        return try StoreTable.allCases.contains { table in
            try store.rows(of: table, after: nil, limit: 10_000).contains { row in
                row.values.contains { value in
                    guard case .bytes(let bytes) = value else { return false }
                    return bytes.count >= needle.count
                        && (0...(bytes.count - needle.count)).contains {
                            bytes[$0..<($0 + needle.count)].elementsEqual(needle)
                        }
                }
            }
        }
    }

    @Test func anEditedMessageSaysItsNewestTextAndSoDoItsEdits() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let post = try room.post("first", by: ada)
        let one = try room.act(
            ada,
            .editMessage(post.submission, content: MessageContent.encodedText("second".utf8))
        )
        let asked = try RoomStore(store, &room)
        #expect(try asked.texts(bob) == ["second"])
        let two = try room.act(
            ada,
            .editMessage(post.submission, content: MessageContent.encodedText("third".utf8))
        )
        try asked.follow(&room)
        #expect(try asked.texts(bob) == ["third"])
        let message = try #require(try asked.shown(post, to: bob))
        #expect(message.state?.editedTime == two.serverTime)
        for edit in [one, two] {
            guard
                case .acted(.editMessage(let id, let content))? = try asked.shown(edit, to: bob)?
                    .event.body
            else {
                Issue.record("an edit is no edit")
                continue
            }
            #expect(id == post.submission)
            #expect(RoomStore.text(content) == "third")
        }
        #expect(try asked.summary(bob)?.lastEvent?.event.seq == two.seq)
        #expect(try !holds("first") && !holds("second") && holds("third"))
    }

    @Test func ofADeletedMessageNothingIsLeft() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let post = try room.post("first", by: bob)
        let edit = try room.act(
            bob,
            .editMessage(post.submission, content: MessageContent.encodedText("second".utf8))
        )
        try room.act(ada, .react(post.submission, emoji: "👍"))
        try room.act(ada, .pin(post.submission, isPinned: true))
        let asked = try RoomStore(store, &room)
        #expect(try asked.detail(bob)?.pins.map(\.event.seq) == [post.seq])
        let deleted = try room.act(ada, .deleteMessage(post.submission))
        try asked.follow(&room)
        let message = try #require(try asked.shown(post, to: bob))
        #expect(message.state?.presence == .deleted)
        #expect(message.state?.reactions == [])
        #expect(try asked.texts(bob) == [nil])
        let shown = try #require(try asked.shown(edit, to: bob))
        #expect(shown.state?.presence == .deleted)
        #expect(shown.event.body == .acted(.editMessage(post.submission, content: [])))
        #expect(try asked.shown(deleted, to: bob)?.event == deleted)
        #expect(try asked.detail(bob)?.pins == [])
        #expect(try !holds("first") && !holds("second"))
    }

    @Test func reactionsAreCountedAndOneAccountHasOne() throws {
        var room = try Room(.group, of: ada, with: [bob, cleo, dan])
        let post = try room.post("x", by: ada)
        let id = post.submission
        for (account, emoji) in [(ada, "👍"), (bob, "👍"), (cleo, "❤️"), (dan, "a")] {
            try room.act(account, .react(id, emoji: emoji))
        }
        let asked = try RoomStore(store, &room)
        func state(_ account: AccountID) throws -> MessageState? {
            try asked.shown(post, to: account)?.state
        }
        func reaction(_ emoji: String, _ count: Int64) -> MessageState.Reaction {
            MessageState.Reaction(emoji: emoji, count: count)
        }
        #expect(
            try state(bob)?.reactions == [reaction("👍", 2), reaction("a", 1), reaction("❤️", 1)]
        )
        #expect(try state(bob)?.ownReaction == "👍")
        try room.act(bob, .react(id, emoji: "❤️"))
        try room.act(bob, .react(id, emoji: "❤️"))
        try room.act(dan, .react(id, emoji: ""))
        try room.act(dan, .react(id, emoji: ""))
        try asked.follow(&room)
        #expect(try state(bob)?.reactions == [reaction("❤️", 2), reaction("👍", 1)])
        #expect(try state(bob)?.ownReaction == "❤️")
        #expect(try state(dan)?.ownReaction == nil)
        for account in [ada, bob, cleo] { try room.act(account, .react(id, emoji: "")) }
        try asked.follow(&room)
        #expect(try state(ada) == MessageState())
        #expect(try store.digest(of: .reactions).rows == 0)
        #expect(try store.digest(of: .reactionSums).rows == 0)
    }

    @Test func onlyTheMostFrequentReactionsAreShown() throws {
        let many = (1...50).map { AccountID(high: 0xFF00, low: UInt64($0)) }
        var room = try Room(.group, of: ada, with: many)
        let post = try room.post("x", by: ada)
        for (number, account) in many.enumerated() {
            let scalar = Unicode.Scalar(UInt8(ascii: "A") + UInt8(number))
            let emoji = number < 5 ? "z" : String(Character(scalar))
            try room.act(account, .react(post.submission, emoji: emoji))
        }
        let asked = try RoomStore(store, &room)
        let reactions = try #require(try asked.shown(post, to: ada)?.state?.reactions)
        #expect(reactions.count == MessageState.reactionsMax)
        #expect(reactions[0] == MessageState.Reaction(emoji: "z", count: 5))
    }

    private func poll(isMultiple: Bool) throws -> ArraySlice<UInt8> {
        let bytes: [UInt8] = try PBContent.with {
            $0.poll = .with {
                $0.question = "When?"
                $0.options = ["now", "later", "never"]
                $0.multiple = isMultiple
            }
        }.serializedBytes()
        return bytes[...]
    }

    @Test func votesAreCountedPerOptionAndReplaceOneAnother() throws {
        var room = try Room(.group, of: ada, with: [bob, cleo])
        let post = try room.post(try poll(isMultiple: true), by: ada)
        let asked = try RoomStore(store, &room)
        func votes(_ account: AccountID) throws -> [[Int64]] {
            let state = try asked.shown(post, to: account)?.state
            return [state?.votes ?? [], state?.ownVotes.map(Int64.init) ?? []]
        }
        #expect(try votes(ada) == [[0, 0, 0], []])
        try room.act(ada, .vote(post.submission, options: [2, 0]))
        try room.act(bob, .vote(post.submission, options: [0]))
        try asked.follow(&room)
        #expect(try votes(ada) == [[2, 0, 1], [0, 2]])
        #expect(try votes(cleo) == [[2, 0, 1], []])
        try room.act(ada, .vote(post.submission, options: [1]))
        try room.act(bob, .vote(post.submission, options: []))
        try asked.follow(&room)
        #expect(try votes(ada) == [[0, 1, 0], [1]])
        #expect(try store.digest(of: .votes).rows == 1)
    }

    private func location(_ latitude: Int32) throws -> ArraySlice<UInt8> {
        let bytes: [UInt8] = try PBLocation.with { $0.latitudeE7 = latitude }.serializedBytes()
        return bytes[...]
    }

    @Test func aLiveLocationIsWhereItWasLast() throws {
        var room = Room(between: ada, and: bob)
        try room.post("before", by: ada)
        let end = room.time + .seconds(600)
        let bytes: [UInt8] = try PBContent.with {
            $0.liveLocation = .with {
                $0.start = .with { $0.latitudeE7 = 1 }
                $0.endsAtMs = end.milliseconds
            }
        }.serializedBytes()
        let post = try room.post(bytes[...], by: ada)
        let first = try room.act(
            ada,
            .moveLiveLocation(post.submission, location: try location(2))
        )
        let asked = try RoomStore(store, &room)
        let second = try room.act(
            ada,
            .moveLiveLocation(post.submission, location: try location(3))
        )
        try asked.follow(&room)
        let message = try #require(try asked.shown(post, to: bob))
        guard case .messagePosted(let shown) = message.event.body else {
            Issue.record("a message is none")
            return
        }
        let live = try PBContent(serializedBytes: Array(shown.content)).liveLocation
        #expect(live.start.latitudeE7 == 3 && live.endsAtMs == end.milliseconds)
        #expect(message.state?.movedTime == second.serverTime)
        let here = ConversationAction.moveLiveLocation(
            post.submission,
            location: try location(3)
        )
        #expect(try asked.shown(first, to: bob)?.event.body == .acted(here))
        try room.act(ada, .deleteMessage(post.submission))
        try asked.follow(&room)
        let gone = ConversationAction.moveLiveLocation(post.submission, location: [])
        #expect(try asked.shown(second, to: bob)?.event.body == .acted(gone))
    }

    @Test func aTextIsShownUntilItDisappears() throws {
        var room = Room(between: ada, and: bob)
        let stays = try room.post("stays", by: ada)
        var change = ConversationSettings.Change()
        change.disappearAfterSeconds = 60
        try room.act(bob, .setSettings(change))
        let post = try room.post("secret", by: ada)
        let edited = try room.post("other", by: ada)
        try room.act(
            ada,
            .editMessage(edited.submission, content: MessageContent.encodedText("hidden".utf8))
        )
        try room.act(bob, .react(post.submission, emoji: "👍"))
        let asked = try RoomStore(store, &room)
        let end = post.serverTime + .seconds(60)
        #expect(try asked.texts(bob, at: end - .milliseconds(1)) == ["stays", "secret", "hidden"])
        #expect(try asked.texts(bob, at: end) == ["stays", nil, "hidden"])
        #expect(try asked.texts(bob, at: end + .seconds(60)) == ["stays", nil, nil])
        let gone = try #require(try asked.shown(post, to: bob, at: end)?.state)
        #expect(gone.presence == .expired && gone.reactions.isEmpty)
        #expect(try asked.shown(stays, to: bob, at: end)?.state == MessageState())
        #expect(try asked.detail(ada)?.settings?.disappearAfterSeconds == 60)
    }

    @Test func whatHasDisappearedIsDroppedAndDigestsDoNotTell() throws {
        var room = Room(between: ada, and: bob)
        var change = ConversationSettings.Change()
        change.disappearAfterSeconds = 60
        try room.post("hello", by: ada)
        try room.act(bob, .setSettings(change))
        var posts: [TimelineEvent] = []
        for number in 1...1200 { posts.append(try room.post("secret \(number)", by: ada)) }
        let asked = try RoomStore(store, &room)
        let digests = try store.digests()
        func kept() throws -> Int64? {
            try store.asked("SELECT count(content) FROM messages")
        }
        #expect(try kept() == 1200)
        let end = posts[1099].serverTime + .seconds(60)
        #expect(try store.dropDisappeared(by: end) == 1100)
        #expect(try store.dropDisappeared(by: end) == 0)
        #expect(try kept() == 100)
        #expect(try store.digests() == digests)
        #expect(try asked.texts(bob, at: end).count == 1201)
        #expect(try asked.texts(bob, at: end).compactMap(\.self).count == 101)
    }

    @Test func pinsStandInTheOrderInWhichTheyWereMade() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let posts = try (1...4).map { try room.post("\($0)", by: ada) }
        for place in [2, 0, 3] {
            try room.act(ada, .pin(posts[place].submission, isPinned: true))
        }
        try room.act(ada, .pin(posts[0].submission, isPinned: false))
        try room.act(ada, .addMembers([cleo]))
        let late = try room.post("5", by: ada)
        try room.act(ada, .pin(late.submission, isPinned: true))
        try room.act(ada, .pin(posts[0].submission, isPinned: true))
        let asked = try RoomStore(store, &room)
        let expected = [posts[2], posts[3], late, posts[0]]
        #expect(try asked.detail(bob)?.pins.map(\.event) == expected)
        #expect(try asked.detail(cleo)?.pins.map(\.event) == [late], "from before it came: no")
    }

    @Test func aPinIsTakenDownEvenIfTheEventDoesNotSayWhereTheMessageIs() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let posts = try (1...2).map { try room.post("\($0)", by: ada) }
        for post in posts { try room.act(ada, .pin(post.submission, isPinned: true)) }
        try room.act(ada, .pin(posts[0].submission, isPinned: false))
        var batch = room.take()
        // So it is with messages that the router has forgotten.
        batch.events[batch.events.count - 1].messageSeq = 0
        try store.apply(batch)
        let detail = try store.conversation(room.id, for: Viewer(bob))
        #expect(detail?.pins.map(\.event) == [posts[1]])
    }
}
