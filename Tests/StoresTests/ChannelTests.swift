import Conversations
import Events
import Testing

@testable import Stores

/// Channels: a few write, any number follows.
@Suite(.onEveryStore)
struct ChannelTests {
    private let folder: TemporaryFolder
    private let store: any HotStore
    private let secret = InviteSecret(high: 5, low: 5)

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    private func follower(_ number: Int) -> AccountID {
        AccountID(high: 0xF0_1103, low: UInt64(number))
    }

    private func channel() throws -> Room {
        var room = try Room(.channel, of: ada)
        try room.act(ada, .createInvite(secret, Invite()))
        return room
    }

    @Test func followersSeeWhatIsSaidAndNotWhoComesAndGoes() throws {
        var room = try channel()
        try room.act(bob, .join(secret))
        let first = try room.post("first", by: ada)
        let came = try room.act(cleo, .join(secret))
        let second = try room.post("second", by: ada)
        let left = try room.act(cleo, .leave)
        try room.post("third", by: ada)
        let asked = try RoomStore(store, &room)
        #expect(try asked.seqs(ada) == Array(1...Int64(room.events.count)))
        #expect(try asked.texts(bob) == ["first", "second", "third"])
        #expect(try asked.seqs(bob)?.contains(came.storedSeq) == false)
        #expect(try asked.seqs(bob)?.contains(first.storedSeq) == true)
        #expect(try asked.seqs(cleo) == [came, second, left].map(\.storedSeq))
        #expect(try asked.summary(bob)?.memberCount == 2)
        #expect(try asked.summary(bob)?.ticks == nil)
        #expect(try asked.summary(cleo)?.lastServerTime == left.serverTime)
        // Who runs it sees who follows; the others see who runs it.
        #expect(try asked.members(bob).value?.members.map(\.account) == [ada])
        #expect(try asked.members(ada).value?.members.map(\.account) == [ada, bob])
        try room.act(ada, .setRole(bob, .moderator))
        try asked.follow(&room)
        #expect(try asked.seqs(bob)?.contains(came.storedSeq) == true)
    }

    @Test func aChannelThatNothingWasSaidInYetIsInTheListOfWhoCame() throws {
        var room = try channel()
        let came = try room.act(bob, .join(secret))
        let asked = try RoomStore(store, &room)
        #expect(try asked.summary(bob)?.lastServerTime == came.serverTime)
        #expect(try asked.summary(bob)?.lastEvent?.event == came)
        #expect(try asked.summary(bob)?.unreadCount == 0)
        // What others do that one is not told of moves nothing.
        try room.act(cleo, .join(secret))
        try asked.follow(&room)
        #expect(try asked.summary(bob)?.lastServerTime == came.serverTime)
        #expect(try asked.summary(bob)?.lastSeq == came.storedSeq)
    }

    @Test func whoHasReadAMessageIsCounted() throws {
        var room = try channel()
        for number in 1...5 { try room.act(follower(number), .join(secret)) }
        let post = try room.post("x", by: ada)
        let late = try room.act(follower(6), .join(secret))
        for number in 1...3 { room.mark(.read, post, by: follower(number)) }
        room.mark(.delivered, post, by: follower(4))
        room.mark(.read, late, by: follower(6))
        room.mark(.read, late, by: ada)
        let asked = try RoomStore(store, &room)
        #expect(try asked.receipts(post, ada).value?.extent == .readCount(3))
        #expect(try asked.receipts(post, follower(1)) == .notAllowed)
        #expect(try asked.receipts(post, follower(6)) == .notFound)
    }

    @Test func comingCostsAFewRowsHoweverManyFollow() throws {
        var room = try channel()
        for number in 1...300 { try room.act(follower(number), .join(secret)) }
        let asked = try RoomStore(store, &room)
        let before = try store.digests()
        try room.act(follower(301), .join(secret))
        try asked.follow(&room)
        let after = try store.digests()
        let grown = zip(before, after).filter { $0.rows != $1.rows }
        #expect(grown.map(\.0.table) == [.members, .asides, .marks])
        #expect(grown.map { $1.rows - $0.rows } == [1, 2, 1])
    }
}
