import Accounts
import Conversations
import Events
import Foundation
import Testing

@testable import Stores

/// The messages that an account has starred.
@Suite(.onEveryStore)
struct StarTests {
    private let folder: TemporaryFolder
    private let store: any HotStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store("history")
    }

    private func star(
        _ event: TimelineEvent,
        _ account: AccountID,
        _ isStarred: Bool = true,
        at time: Int64
    ) throws {
        let change = AccountChange.star(
            event.conversation,
            event.submission,
            isStarred: isStarred
        )
        try store.apply(batch([setting(change, by: account, at: time)]))
    }

    private func starred(
        _ account: AccountID,
        at now: Timestamp = Timestamp(milliseconds: 0)
    ) throws -> [TimelineEvent] {
        let viewer = Viewer(account, at: now)
        return try store.starred(for: viewer, before: nil, limit: 100).items.map(\.event)
    }

    @Test func theLastStarredComesFirst() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let posts = try (1...9).map { try room.post("\($0)", by: bob) }
        let asked = try RoomStore(store, &room)
        // Some at the same moment.
        let order = [4, 0, 8, 2, 6]
        for (number, place) in order.enumerated() {
            try star(posts[place], ada, at: Int64(number / 2))
        }
        let all = try starred(ada)
        #expect(Set(all.map(\.seq)) == Set(order.map { posts[$0].seq }))
        #expect(all.first == posts[6])
        for limit in 1...6 {
            var found: [TimelineEvent] = []
            var next: StarCursor?
            repeat {
                let page = try store.starred(for: Viewer(ada), before: next, limit: limit)
                #expect(page.items.count <= limit)
                #expect(page.items.allSatisfy { $0.state?.isStarred == true })
                found += page.items.map(\.event)
                next = page.next
                if let next { #expect(StarCursor(next.description) == next) }
            } while next != nil && found.count < 20
            #expect(found == all, "\(limit)")
        }
        #expect(try starred(bob).isEmpty)
        #expect(try asked.shown(posts[4], to: ada)?.state?.isStarred == true)
        #expect(try asked.shown(posts[4], to: bob)?.state?.isStarred == false)
        #expect(try asked.shown(posts[5], to: ada)?.state?.isStarred == false)
        // Again is no news; taken off it is gone.
        try star(posts[4], ada, at: 99)
        #expect(try starred(ada) == all)
        try star(posts[4], ada, false, at: 100)
        #expect(try starred(ada) == all.filter { $0 != posts[4] })
        try star(posts[4], ada, at: 101)
        #expect(try starred(ada).first == posts[4])
    }

    @Test func whatIsGoneIsPassedOver() throws {
        var room = try Room(.group, of: ada, with: [bob, cleo])
        let kept = try room.post("kept", by: bob)
        let deleted = try room.post("deleted", by: bob)
        let hidden = try room.post("hidden", by: bob)
        var change = ConversationSettings.Change()
        change.disappearAfterSeconds = 60
        try room.act(ada, .setSettings(change))
        let expiring = try room.post("expiring", by: bob)
        let asked = try RoomStore(store, &room)
        for (number, post) in [kept, deleted, hidden, expiring].enumerated() {
            try star(post, ada, at: Int64(number))
            try star(post, cleo, at: Int64(number))
        }
        #expect(try starred(ada) == [expiring, hidden, deleted, kept])
        try room.act(bob, .deleteMessage(deleted.submission))
        try asked.follow(&room)
        let hiding = AccountChange.hide(room.id, hidden.submission)
        try store.apply(batch([setting(hiding, by: ada, at: 10)]))
        #expect(try starred(ada) == [expiring, kept])
        #expect(try starred(cleo) == [expiring, hidden, kept])
        #expect(try starred(ada, at: room.time + .seconds(3600)) == [kept])
        // What is no more is not marked either.
        #expect(try asked.shown(deleted, to: ada)?.state?.isStarred == false)
        #expect(try asked.shown(hidden, to: ada)?.state?.isStarred == false)
    }

    @Test func anEditedMessageIsShownAsItIsNow() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let post = try room.post("before", by: bob)
        try room.act(
            bob,
            .editMessage(post.submission, content: MessageContent.encodedText("after".utf8))
        )
        _ = try RoomStore(store, &room)
        try star(post, ada, at: 1)
        let found = try store.starred(for: Viewer(ada), before: nil, limit: 9).items
        guard case .messagePosted(let shown)? = found.first?.event.body else {
            Issue.record("no message")
            return
        }
        #expect(RoomStore.text(shown.content) == "after")
        #expect(found.first?.state?.editedTime != nil)
    }

    @Test func aStarShowsNothingThatOneMayNotSee() throws {
        var room = try Room(.group, of: ada, with: [bob, cleo])
        let seen = try room.post("seen", by: ada)
        try room.act(cleo, .leave)
        let later = try room.post("later", by: ada)
        var direct = Room(between: ada, and: bob)
        try direct.act(ada, .setBlock(bob, isBlocked: true))
        let withheld = try direct.post("withheld", by: bob)
        _ = try RoomStore(store, &room)
        try store.apply(direct.take())
        for account in everybody {
            for (number, post) in [seen, later, withheld].enumerated() {
                try star(post, account, at: Int64(number))
            }
        }
        #expect(try starred(ada) == [later, seen])
        #expect(try starred(bob) == [withheld, later, seen])
        #expect(try starred(cleo) == [seen], "who has left keeps what it saw")
        #expect(try starred(dan).isEmpty)
        // An event that is no message has no star, nor what there never was.
        try star(room.events[0], ada, at: 50)
        let unknown = AccountChange.star(
            room.id,
            SubmissionID(high: 9, low: 9),
            isStarred: true
        )
        try store.apply(batch([setting(unknown, by: ada, at: 51)]))
        #expect(try starred(ada) == [later, seen])
    }

    @Test func aPageLooksAtSoManyStarsAndNoMore() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let post = try room.post("kept", by: bob)
        _ = try RoomStore(store, &room)
        try star(post, ada, at: 0)
        let count = StarQueries.starsPerPageMax + 10
        let gone = (1...count).map { number in
            let id = SubmissionID(high: 9, low: UInt64(number))
            let change = AccountChange.star(room.id, id, isStarred: true)
            return setting(change, by: ada, at: Int64(number))
        }
        try store.apply(batch(gone))
        let first = try store.starred(for: Viewer(ada), before: nil, limit: 30)
        #expect(first.items.isEmpty)
        let next = try #require(first.next)
        let second = try store.starred(for: Viewer(ada), before: next, limit: 30)
        #expect(second.items.map(\.event) == [post])
        #expect(second.next == nil)
    }
}
