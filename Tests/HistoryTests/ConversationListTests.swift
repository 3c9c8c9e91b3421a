import Events
import Foundation
import Stores
import Testing

/// The pages of `GET /v1/conversations`.
@Suite struct ConversationListTests {
    private let path = "/v1/conversations"

    private func members(_ answer: HistoryWorld.Answer) -> [String] {
        answer.list("conversations").compactMap { $0["conversation_id"] as? String }
    }

    private func number(_ object: [String: Any]?, _ name: String) -> Int? {
        (object?[name] as? NSNumber)?.intValue
    }

    /// The only conversation in an account's list.
    private func only(_ world: HistoryWorld, _ speaker: Speaker) async throws -> [String: Any] {
        let list = try await world.get(path, as: speaker).list("conversations")
        try #require(list.count == 1)
        return list[0]
    }

    @Test func whoHasNoneGetsAnEmptyList() async throws {
        try await HistoryWorld.run {
            $0.post("x", from: .ada, to: .bob)
        } _: { world in
            let answer = try await world.get(path, as: .cleo)
            #expect(answer.status == 200)
            #expect(answer.text == "{\"conversations\":[],\"next_cursor\":null}")
        }
    }

    @Test func aConversationIsShownAsItsMemberSeesIt() async throws {
        try await HistoryWorld.run { story in
            story.register(.ada, name: "Ada")
            story.register(.bob, name: "")
            story.post("first", from: .ada, to: .bob)
            story.post("second", from: .ada, to: .bob)
        } _: { world in
            let conversation = Speaker.ada.conversation(with: .bob).description
            let bob = try await only(world, .bob)
            #expect(bob["conversation_id"] as? String == conversation)
            #expect(bob["conversation_kind"] as? String == "direct")
            #expect(bob["name"] as? String == "Ada")
            let accounts = [Speaker.ada, .bob].map(\.account).sorted().map(\.description)
            #expect(bob["members"] as? [String] == accounts)
            #expect(number(bob, "last_seq") == 2)
            #expect(number(bob, "message_count") == 2)
            let last = bob["last_event"] as? [String: Any]
            #expect((last?["content"] as? [String: String])?["text"] == "second")
            #expect(number(last, "server_timestamp") == number(bob, "last_server_timestamp"))
            let ada = try await only(world, .ada)
            #expect(ada["name"] is NSNull)
        }
    }

    @Test func unreadIsWhatCameAfterWhatWasReadOrSentOneself() async throws {
        try await HistoryWorld.run { _ in
        } _: { world in
            var story = Story()
            let store = try SQLiteHotStore(path: world.storePath)
            func unread(_ speaker: Speaker) async throws -> Int? {
                try store.apply(story.take())
                return number(try await only(world, speaker), "unread_count")
            }
            for _ in 1...5 { story.post("x", from: .ada, to: .bob) }
            #expect(try await unread(.bob) == 5)
            #expect(try await unread(.ada) == 0)
            story.mark(.delivered, 5, by: .bob, with: .ada)
            #expect(try await unread(.bob) == 5, "delivered is not read")
            story.mark(.read, 3, by: .bob, with: .ada)
            #expect(try await unread(.bob) == 2)
            story.mark(.read, 1, by: .bob, with: .ada)
            #expect(try await unread(.bob) == 2, "a mark never goes back")
            story.post("answer", from: .bob, to: .ada)
            #expect(try await unread(.bob) == 0)
            #expect(try await unread(.ada) == 1)
            story.post("x", from: .ada, to: .bob)
            #expect(try await unread(.bob) == 1)
            #expect(try await unread(.ada) == 0)
            story.mark(.read, 1000, by: .bob, with: .ada)
            #expect(try await unread(.bob) == 0)
            #expect(number(try await only(world, .bob), "read_seq") == 7, "not beyond what is")
        }
    }

    @Test func theLastSpokenInIsFirstAndMovesUp() async throws {
        try await HistoryWorld.run { _ in
        } _: { world in
            var story = Story()
            let store = try SQLiteHotStore(path: world.storePath)
            let friends = (1...5).map { Speaker(UInt64($0)) }
            for friend in friends { story.post("hello", from: friend, to: .ada) }
            try store.apply(story.take())
            let all = friends.map { $0.conversation(with: .ada).description }
            #expect(members(try await world.get(path, as: .ada)) == all.reversed())
            story.post("again", from: .ada, to: friends[0])
            try store.apply(story.take())
            let moved = [all[0]] + all[1...].reversed()
            #expect(members(try await world.get(path, as: .ada)) == moved)
        }
    }

    @Test(arguments: [1, 2, 7, 30, 64, 65, 100])
    func everyConversationIsOnExactlyOnePage(limit: Int) async throws {
        try await HistoryWorld.run { story in
            // Many within one millisecond: the cursor must tell them apart.
            let start = story.time
            for number in 1...65 {
                story.time = start + .milliseconds(Int64(number / 10))
                story.post("hello", from: Speaker(UInt64(number)), to: .ada)
            }
        } _: { world in
            var found: [String] = []
            var cursor: String?
            repeat {
                let start = cursor.map { "&cursor=\($0)" } ?? ""
                let page = try await world.get("\(path)?limit=\(limit)\(start)", as: .ada)
                #expect(page.status == 200)
                #expect((1...limit).contains(members(page).count))
                found += members(page)
                cursor = page.object["next_cursor"] as? String
            } while cursor != nil && found.count <= 65
            #expect(found.count == 65)
            let expected = (1...65).map { Speaker(UInt64($0)).conversation(with: .ada).description }
            #expect(Set(found) == Set(expected))
        }
    }

    @Test func thirtyAreOnAPageUnlessAskedOtherwise() async throws {
        try await HistoryWorld.run { story in
            for number in 1...31 { story.post("x", from: Speaker(UInt64(number)), to: .ada) }
        } _: { world in
            let page = try await world.get(path, as: .ada)
            #expect(page.list("conversations").count == 30)
            #expect(page.object["next_cursor"] is String)
        }
    }

    @Test func aCursorThatIsNoneIsRefused() async throws {
        try await HistoryWorld.run {
            $0.post("x", from: .bob, to: .ada)
        } _: { world in
            let id = Speaker.ada.conversation(with: .bob)
            let cursors = [
                "", "x", ".", "1.", ".1", "1.x", "x.\(id)", "1.\(id).1", "1,\(id)", "%00", "1",
                "9223372036854775808.\(id)", String(repeating: "0", count: 100) + "1.\(id)",
                "1.\(id)%20", "%27%20OR%201=1--",
            ]
            for cursor in cursors {
                let answer = try await world.get("\(path)?cursor=\(cursor)", as: .ada)
                #expect(answer.status == 422, "\(cursor)")
                #expect(answer.problem == "invalid_parameter", "\(cursor)")
            }
        }
    }

    @Test func aCursorOfSomebodyElseShowsNothingOfTheirs() async throws {
        try await HistoryWorld.run { story in
            story.post("x", from: .bob, to: .cleo)
            story.post("x", from: .ada, to: .bob)
        } _: { world in
            let theirs = Speaker.bob.conversation(with: .cleo)
            for time in ["0", "9223372036854775807", "-9223372036854775808"] {
                let answer = try await world.get("\(path)?cursor=\(time).\(theirs)", as: .ada)
                #expect(answer.status == 200, "\(time)")
                #expect(!answer.text.contains(theirs.description), "\(time)")
            }
        }
    }
}
