import Accounts
import Conversations
import Events
import Stores
import Testing

/// Reading that an account doesn't let others know of, and what it is told of theirs.
@Suite(.onEveryStore)
struct PrivateReadTests {
    private let folder: TemporaryFolder
    private let store: any HotStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    private func hideReads(_ account: AccountID, _ isHidden: Bool = true) throws {
        let change = AccountChange.privacy(Privacy.Change(readReceipts: !isHidden))
        try store.apply(batch([setting(change, by: account, at: 1)]))
    }

    @Test(arguments: [ConversationKind.direct, .group])
    func itCountsForTheReaderAlone(kind: ConversationKind) throws {
        var room =
            kind == .direct
            ? Room(between: ada, and: bob) : try Room(.group, of: ada, with: [bob])
        try room.post("1", by: ada)
        let second = try room.post("2", by: ada)
        let third = try room.post("3", by: ada)
        room.mark(.delivered, third, by: bob)
        let asked = try RoomStore(store, &room)
        room.mark(.privateRead, second, by: bob)
        try asked.follow(&room)
        #expect(try asked.summary(bob)?.readSeq == second.storedSeq)
        #expect(try asked.summary(bob)?.unreadCount == 1)
        let ticks = ConversationTicks(deliveredSeq: third.storedSeq, readSeq: 0)
        #expect(try asked.summary(ada)?.ticks == ticks)
        let member = try #require(try asked.receipts(second, ada).value?.members.first)
        #expect(member.deliveredTime != nil && member.readTime == nil)
        // What is let known later shows all up to there.
        room.mark(.read, third, by: bob)
        let time = room.time
        try asked.follow(&room)
        #expect(try asked.summary(bob)?.unreadCount == 0)
        #expect(try asked.summary(ada)?.ticks?.readSeq == third.storedSeq)
        #expect(try asked.receipts(second, ada).value?.members.first?.readTime == time)
        // And a private one that says less changes nothing.
        room.mark(.privateRead, second, by: bob)
        try asked.follow(&room)
        #expect(try asked.summary(bob)?.readSeq == third.storedSeq)
    }

    @Test(arguments: [ConversationKind.direct, .group])
    func itSaysToOthersThatTheMessageHasArrived(kind: ConversationKind) throws {
        var room =
            kind == .direct
            ? Room(between: ada, and: bob) : try Room(.group, of: ada, with: [bob])
        let post = try room.post("1", by: ada)
        room.mark(.privateRead, post, by: bob)
        let asked = try RoomStore(store, &room)
        let member = try #require(try asked.receipts(post, ada).value?.members.first)
        #expect(member.deliveredTime != nil && member.readTime == nil)
        let ticks = ConversationTicks(deliveredSeq: post.storedSeq, readSeq: 0)
        #expect(try asked.summary(ada)?.ticks == ticks)
    }

    @Test func inAChannelItIsNotCounted() throws {
        var room = try Room(.channel, of: ada)
        let secret = InviteSecret(high: 1, low: 1)
        try room.act(ada, .createInvite(secret, Invite()))
        for account in [bob, cleo] { try room.act(account, .join(secret)) }
        let post = try room.post("news", by: ada)
        room.mark(.privateRead, post, by: bob)
        room.mark(.read, post, by: cleo)
        let asked = try RoomStore(store, &room)
        #expect(try asked.receipts(post, ada).value?.extent == .readCount(1))
        try hideReads(ada)
        #expect(try asked.receipts(post, ada).value?.extent == .readCount(nil))
    }

    @Test func whoKeepsItToHimselfIsNotToldOfOthers() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let post = try room.post("1", by: ada)
        room.mark(.read, post, by: bob)
        let asked = try RoomStore(store, &room)
        let seq = post.storedSeq
        let both = ConversationTicks(deliveredSeq: seq, readSeq: seq)
        #expect(try asked.summary(ada)?.ticks == both)
        try hideReads(ada)
        let one = ConversationTicks(deliveredSeq: seq, readSeq: 0)
        #expect(try asked.summary(ada)?.ticks == one)
        let page = try store.events(in: room.id, for: Viewer(ada), page: PageRequest(.newest))
        #expect(page?.ticks == one)
        let member = try #require(try asked.receipts(post, ada).value?.members.first)
        #expect(member.deliveredTime != nil && member.readTime == nil)
        try hideReads(ada, false)
        #expect(try asked.summary(ada)?.ticks == both)
        #expect(try asked.receipts(post, ada).value?.members.first?.readTime != nil)
    }
}
