import Conversations
import Events
import SwiftProtobuf
import Testing

@testable import Stores

/// Who has left is told what was until then, and nothing that came later.
@Suite(.onEveryStore)
struct FormerMemberTests {
    private let folder: TemporaryFolder
    private let store: any HotStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    private func edit(_ event: TimelineEvent, _ text: String) -> ConversationAction {
        .editMessage(event.submission, content: MessageContent.encodedText(text.utf8))
    }

    @Test(arguments: [true, false])
    func whatAMessageSaysSinceIsNotShown(isRemoved: Bool) throws {
        var room = try Room(.group, of: ada, with: [bob, cleo])
        let early = try room.post("early", by: ada)
        try room.act(ada, edit(early, "early edit"))
        let post = try room.post("before", by: ada)
        let first = try room.act(ada, edit(post, "between"))
        let asked = try RoomStore(store, &room)
        #expect(try asked.texts(cleo) == ["early edit", "between"])
        try room.act(isRemoved ? ada : cleo, isRemoved ? .removeMember(cleo) : .leave)
        try room.act(ada, edit(post, "after"))
        try asked.follow(&room)
        #expect(try asked.texts(bob) == ["early edit", "after"])
        #expect(try asked.texts(cleo) == ["early edit", nil])
        var gone = MessageState()
        gone.presence = .edited
        #expect(try asked.shown(post, to: cleo)?.state == gone)
        let shown = try #require(try asked.shown(first, to: cleo))
        #expect(shown.state == gone)
        #expect(shown.event.body == .acted(.editMessage(post.submission, content: [])))
        let detail = try store.message(post.submission, in: room.id, for: Viewer(cleo))
        #expect(detail?.event == (try asked.shown(post, to: cleo)))
        // Who is back is told all of it.
        try room.act(ada, .addMembers([cleo]))
        try asked.follow(&room)
        #expect(try asked.texts(cleo) == ["early edit", "after"])
    }

    @Test func whereALiveLocationIsSinceIsNotShown() throws {
        func location(_ latitude: Int32) throws -> [UInt8] {
            try PBLocation.with { $0.latitudeE7 = latitude }.serializedBytes()
        }
        var room = try Room(.group, of: ada, with: [bob, cleo])
        let end = room.time + .seconds(600)
        let content: [UInt8] = try PBContent.with {
            $0.liveLocation = .with {
                $0.start = .with { $0.latitudeE7 = 1 }
                $0.endsAtMs = end.milliseconds
            }
        }.serializedBytes()
        let post = try room.post(content[...], by: ada)
        let first = try room.act(
            ada,
            .moveLiveLocation(post.submission, location: location(2)[...])
        )
        let asked = try RoomStore(store, &room)
        #expect(try asked.shown(post, to: cleo)?.state?.movedTime == first.serverTime)
        try room.act(ada, .removeMember(cleo))
        try room.act(ada, .moveLiveLocation(post.submission, location: location(3)[...]))
        try asked.follow(&room)
        let shown = try #require(try asked.shown(post, to: cleo))
        #expect(shown.state?.presence == .edited && shown.state?.movedTime == nil)
        guard case .messagePosted(let told) = shown.event.body else {
            Issue.record("a message is none")
            return
        }
        #expect(told.content.isEmpty)
        let gone = ConversationAction.moveLiveLocation(post.submission, location: [])
        #expect(try asked.shown(first, to: cleo)?.event.body == .acted(gone))
        #expect(try asked.shown(post, to: bob)?.state?.presence == .here)
    }

    @Test func ofReactionsAndVotesItsOwnReactionIsLeft() throws {
        var room = try Room(.group, of: ada, with: [bob, cleo])
        let post = try room.post("hello", by: ada)
        let bytes: [UInt8] = try PBContent.with {
            $0.poll = .with {
                $0.question = "When?"
                $0.options = ["now", "later"]
            }
        }.serializedBytes()
        let poll = try room.post(bytes[...], by: ada)
        try room.act(cleo, .react(post.submission, emoji: "🪶"))
        try room.act(cleo, .vote(poll.submission, options: [0]))
        try room.act(cleo, .leave)
        try room.act(bob, .react(post.submission, emoji: "👍"))
        try room.act(bob, .vote(poll.submission, options: [1]))
        let asked = try RoomStore(store, &room)
        var own = MessageState()
        own.ownReaction = "🪶"
        #expect(try asked.shown(post, to: cleo)?.state == own)
        #expect(try asked.shown(poll, to: cleo)?.state == MessageState())
        func reacted(_ account: AccountID) throws -> Set<AccountID> {
            let detail = try store.message(post.submission, in: room.id, for: Viewer(account))
            return Set((detail?.reactions ?? []).map(\.account))
        }
        #expect(try reacted(cleo) == [cleo])
        #expect(try reacted(ada) == [bob, cleo])
        #expect(try asked.shown(post, to: ada)?.state?.reactions.count == 2)
        #expect(try asked.shown(poll, to: ada)?.state?.votes == [1, 1])
    }

    @Test func whoReadItsMessagesSinceIsNotToldNorHowFarTheyCame() throws {
        var room = try Room(.group, of: bob, with: [ada, cleo])
        let post = try room.post("hello", by: ada)
        room.mark(.delivered, post, by: bob)
        let delivered = room.time
        let asked = try RoomStore(store, &room)
        #expect(try asked.summary(ada)?.ticks != nil)
        try room.act(ada, .leave)
        room.mark(.read, post, by: bob)
        room.mark(.read, post, by: cleo)
        try asked.follow(&room)
        let receipts = try #require(try asked.receipts(post, ada).value)
        #expect(Set(receipts.members.map(\.account)) == [bob, cleo])
        #expect(receipts.members.compactMap(\.deliveredTime) == [delivered])
        #expect(receipts.members.allSatisfy { $0.readTime == nil })
        #expect(try asked.summary(ada)?.ticks == nil)
        let request = PageRequest(.newest)
        #expect(try store.events(in: room.id, for: Viewer(ada), page: request)?.ticks == nil)
    }

    @Test func inAChannelHowManyHaveReadIsNotTold() throws {
        var room = try Room(.channel, of: ada)
        for account in [bob, cleo] { try room.act(ada, .addMembers([account])) }
        try room.act(ada, .setRole(bob, .admin))
        let post = try room.post("news", by: bob)
        let asked = try RoomStore(store, &room)
        #expect(try asked.receipts(post, bob).value?.extent == .readCount(0))
        try room.act(bob, .leave)
        room.mark(.read, post, by: cleo)
        try asked.follow(&room)
        #expect(try asked.receipts(post, bob).value?.extent == .readCount(nil))
    }

    @Test func whatAMessageSaysSinceFindsNothing() throws {
        var archived = try ArchivedStore(folder)
        var room = try Room(.group, of: ada, with: [bob, cleo])
        let post = try room.post("word", by: ada)
        try room.act(ada, .removeMember(cleo))
        try room.act(ada, edit(post, "word secret"))
        for number in 1...3 { try room.post("\(number)", by: ada) }
        try archived.apply(room.take())
        let query = try SearchQuery("secret")
        for isArchived in [false, true] {
            if isArchived {
                try archived.archive(before: Timestamp(milliseconds: .max))
                try archived.drop(keeping: 1)
            }
            for (account, expected) in [(bob, [post.storedSeq]), (cleo, [])] {
                // Even that there is something where nothing can be read would tell.
                let lost = Set(archived.archives.keys)
                let page = try archived.ask(Viewer(account), without: lost) { store, viewer in
                    try store.search(query, in: nil, for: viewer, before: nil, limit: 9)
                }
                #expect(page?.hits.map(\.seq) == expected)
            }
        }
    }
}
