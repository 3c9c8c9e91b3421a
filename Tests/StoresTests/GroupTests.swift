import Conversations
import Events
import Stores
import Testing

/// Groups: who sees what of them.
@Suite(.onEveryStore)
struct GroupTests {
    private let folder: TemporaryFolder
    private let store: any HotStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    @Test func aStaySeesFromItsFirstEventToItsLast() throws {
        var room = try Room(.group, of: ada, with: [bob])
        try room.post("before", by: ada)
        let came = try room.act(ada, .addMembers([cleo]))
        try room.post("while", by: bob)
        let left = try room.act(cleo, .leave)
        try room.post("between", by: ada)
        let back = try room.act(bob, .addMembers([cleo]))
        let last = try room.post("again", by: ada)
        let asked = try RoomStore(store, &room)
        #expect(try asked.seqs(ada) == Array(1...last.storedSeq))
        let stays = [came.storedSeq...left.storedSeq, back.storedSeq...last.storedSeq]
        #expect(try asked.seqs(cleo) == stays.flatMap { Array($0) })
        #expect(try asked.texts(cleo) == ["while", "again"])
        #expect(try asked.seqs(dan) == nil)
    }

    @Test(arguments: [1, 2, 3, 7, 100])
    func pagesAcrossStaysHaveNeitherGapNorOverlap(limit: Int) throws {
        var room = try Room(.group, of: ada)
        var expected: [Int64] = []
        for round in 1...5 {
            try room.post("unseen \(round)", by: ada)
            expected.append(try room.act(ada, .addMembers([cleo])).storedSeq)
            for number in 1...round {
                expected.append(try room.post("\(round).\(number)", by: ada).storedSeq)
            }
            expected.append(try room.act(ada, .removeMember(cleo)).storedSeq)
        }
        let asked = try RoomStore(store, &room)
        let forwards = try asked.page(Viewer(cleo), limit: limit)
        #expect(forwards?.map(\.event.storedSeq) == expected)
        var backwards: [Int64] = []
        var start = PageRequest.Start.newest
        while true {
            let request = PageRequest(start, limit: limit)
            let page = try #require(
                try store.events(in: room.id, for: Viewer(cleo), page: request)
            )
            backwards += page.events.map(\.event.storedSeq)
            guard page.hasMore, let last = backwards.last else { break }
            start = .before(last)
        }
        #expect(backwards == expected.reversed())
    }

    @Test func everyEventComesBackAsItWas() throws {
        var room = try Room(.group, of: ada, with: [bob, cleo])
        let first = try room.post("hello", by: ada)
        try room.post("reply", by: bob) { post in
            post.replyTo = first.submission
            post.mentions = [ada, cleo]
            post.isForwarded = true
        }
        try room.act(ada, .setRole(bob, .admin))
        try room.act(bob, .setProfile(ProfileChange(name: "New", description: "d", picture: "p")))
        try room.act(bob, .setBan(dan, isBanned: true))
        try room.act(ada, .transferOwnership(bob))
        try room.act(bob, .removeMember(cleo))
        let asked = try RoomStore(store, &room)
        #expect(try asked.page(bob)?.map(\.event) == room.events)
    }

    @Test func whoLeftSeesTheRoomAsItWasThen() throws {
        let profile = ProfileChange(name: "Old", description: "about", picture: "picture-1")
        var room = try Room(.group, of: ada, with: [bob, cleo], profile)
        try room.post("one", by: ada)
        let asked = try RoomStore(store, &room)
        let left = try room.act(cleo, .leave)
        let pinned = try room.post("two", by: ada)
        try room.act(ada, .pin(pinned.submission, isPinned: true))
        try room.act(ada, .setProfile(ProfileChange(name: "New", picture: "picture-2")))
        try asked.follow(&room)

        let theirs = try #require(try asked.summary(cleo))
        #expect(theirs.name == "Old")
        #expect(theirs.picture == "picture-1")
        #expect(theirs.role == nil)
        #expect(theirs.memberCount == nil)
        #expect(theirs.lastSeq == left.storedSeq)
        #expect(theirs.lastServerTime == left.serverTime)
        #expect(theirs.lastEvent?.event == left)
        let detail = try #require(try asked.detail(cleo))
        #expect(detail.name == "Old" && detail.leftTime == left.serverTime)
        #expect(detail.settings == nil && detail.pins.isEmpty && detail.description == nil)
        #expect(try asked.members(cleo) == .notAMember)

        let ours = try #require(try asked.summary(bob))
        #expect(ours.name == "New" && ours.picture == "picture-2")
        #expect(ours.role == .member && ours.memberCount == 2)
        #expect(try asked.detail(bob)?.pins.map(\.event) == [pinned])
        #expect(try asked.detail(bob)?.description == "about")
        #expect(try asked.detail(dan) == nil)
    }

    @Test func unreadCountsFromTheLastComing() throws {
        var room = try Room(.group, of: ada, with: [bob])
        for number in 1...5 { try room.post("\(number)", by: ada) }
        try room.act(ada, .addMembers([cleo]))
        let asked = try RoomStore(store, &room)
        #expect(try asked.summary(cleo)?.unreadCount == 0)
        #expect(try asked.summary(bob)?.unreadCount == 5)
        try room.post("6", by: ada)
        let seventh = try room.post("7", by: ada)
        try asked.follow(&room)
        #expect(try asked.summary(cleo)?.unreadCount == 2)
        room.mark(.read, seventh, by: cleo)
        try room.post("8", by: ada)
        try room.act(ada, .removeMember(cleo))
        try room.post("9", by: ada)
        try asked.follow(&room)
        #expect(try asked.summary(cleo)?.unreadCount == 1)
        try room.act(ada, .addMembers([cleo]))
        try room.post("10", by: ada)
        try asked.follow(&room)
        #expect(try asked.summary(cleo)?.unreadCount == 1)
        // What one does is no reading, what one says is.
        try room.act(bob, .react(seventh.submission, emoji: "👍"))
        try asked.follow(&room)
        #expect(try asked.summary(bob)?.unreadCount == 10)
        try room.post("11", by: bob)
        try asked.follow(&room)
        #expect(try asked.summary(bob)?.unreadCount == 0)
    }

    @Test func membersAreListedByRankAndThenById() throws {
        let many = (1...30).map { AccountID(high: 0xFF00, low: UInt64($0)) }
        var room = try Room(.group, of: cleo, with: [ada, bob] + many)
        try room.act(cleo, .setRole(many[9], .moderator))
        try room.act(cleo, .setRole(bob, .admin))
        try room.act(cleo, .removeMember(many[0]))
        let asked = try RoomStore(store, &room)
        var script = Script()
        script.register(bob, name: "Bob", at: 1)
        try store.apply(script.take())
        let rest = (many[1...].filter { $0 != many[9] } + [ada]).sorted()
        let expected = [cleo, bob, many[9]] + rest
        for limit in [1, 2, 3, 4, 31, 32, 33, 100] {
            var found: [AccountID] = []
            var cursor: MemberCursor?
            repeat {
                let page = try #require(try asked.members(ada, after: cursor, limit: limit).value)
                #expect(page.members.count <= limit)
                found += page.members.map(\.account)
                cursor = page.next
            } while cursor != nil && found.count < 100
            #expect(found == expected, "\(limit)")
        }
        let first = try #require(try asked.members(ada).value?.members.first { $0.account == bob })
        #expect(first.name == "Bob" && first.role == .admin)
        #expect(first.joinedTime == room.events[0].serverTime)
        #expect(try asked.members(dan) == .notFound)
        let cursor = MemberCursor(role: .admin, account: bob)
        #expect(MemberCursor(cursor.description) == cursor)
    }

    @Test func ticksAreTheLowestMarksOfTheOthers() throws {
        var room = try Room(.group, of: ada, with: [bob, cleo])
        let first = try room.post("1", by: ada)
        let second = try room.post("2", by: ada)
        let asked = try RoomStore(store, &room)
        #expect(try asked.summary(ada)?.ticks == ConversationTicks(deliveredSeq: 0, readSeq: 0))
        room.mark(.delivered, second, by: bob)
        room.mark(.read, first, by: cleo)
        room.mark(.read, second, by: ada)
        try asked.follow(&room)
        #expect(
            try asked.summary(ada)?.ticks
                == ConversationTicks(deliveredSeq: first.storedSeq, readSeq: 0)
        )
        // Who comes has all that was there; who is gone no longer counts.
        let came = try room.act(ada, .addMembers([dan]))
        room.mark(.read, came, by: cleo)
        try asked.follow(&room)
        #expect(
            try asked.summary(ada)?.ticks
                == ConversationTicks(deliveredSeq: second.storedSeq, readSeq: 0)
        )
        try room.act(ada, .removeMember(bob))
        try asked.follow(&room)
        #expect(
            try asked.summary(ada)?.ticks
                == ConversationTicks(deliveredSeq: second.storedSeq, readSeq: second.storedSeq)
        )
    }

    @Test func marksThatComeBeforeTheirMembersCountTheSame() throws {
        var room = try Room(.group, of: ada, with: [bob, cleo])
        let post = try room.post("1", by: ada)
        room.mark(.read, post, by: bob)
        room.mark(.delivered, post, by: cleo)
        let whole = room.take()
        try store.apply(whole)
        let other = try folder.store("other")
        var early = StoreBatch()
        early.receipts = whole.receipts
        try other.apply(early)
        var late = StoreBatch()
        late.events = whole.events
        try other.apply(late)
        #expect(try other.firstDifference(with: store) == nil)
    }
}
