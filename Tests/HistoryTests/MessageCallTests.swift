import Accounts
import Conversations
import Events
import Foundation
import Stores
import TestKit
import Testing

/// The answers of `GET /v1/messages/{id}`, and the receipts of archived messages.
@Suite(.onEveryEngine)
struct MessageCallTests {
    private func path(_ event: TimelineEvent, _ rest: String = "") -> String {
        "/v1/messages/\(event.submission)\(rest)?conversation_id=\(event.conversation)"
    }

    @Test func aMessageIsShownWithWhatBecameOfIt() async throws {
        var post: TimelineEvent?
        try await HistoryWorld.run { story in
            story.register(.bob, name: "Bob")
            var group = try Group(.group, of: .ada, with: [.bob, .cleo], in: &story)
            let event = try group.post("hello", by: .ada, in: &story)
            let content = MessageContent.encodedText("hello again".utf8)
            try group.act(.ada, .editMessage(event.submission, content: content), in: &story)
            for (speaker, emoji) in [(Speaker.bob, "🐦"), (.cleo, "🪶"), (.ada, "🐦")] {
                try group.act(speaker, .react(event.submission, emoji: emoji), in: &story)
            }
            story.mark(.read, event, by: .bob)
            post = event
        } _: { world in
            let event = try #require(post)
            let answer = try await world.get(path(event), as: .ada)
            #expect(answer.status == 200)
            let shown = try #require(answer.object["event"] as? [String: Any])
            let page = try await world.get(
                "/v1/conversations/\(event.conversation)/events?before_seq=\(event.seq + 1)",
                as: .ada
            )
            #expect(NSDictionary(dictionary: shown) == page.list("events")[0] as NSDictionary)
            #expect(shown["edited_at"] != nil)
            #expect(shown["my_reaction"] as? String == "🐦")
            let given = answer.list("reactions_by").map { reaction in
                "\(reaction["account_id"] ?? "") \(reaction["name"] ?? "") \(reaction["emoji"] ?? "")"
            }
            #expect(given.first == "\(Speaker.ada.account) <null> 🐦", "one's own comes first")
            #expect(
                Set(given.dropFirst()) == [
                    "\(Speaker.bob.account) Bob 🐦", "\(Speaker.cleo.account) <null> 🪶",
                ]
            )
            let receipts = try #require(answer.object["receipts"] as? [String: Any])
            let whole = try await world.get(path(event, "/receipts"), as: .ada)
            #expect(NSDictionary(dictionary: receipts) == NSDictionary(dictionary: whole.object))
            #expect((receipts["receipts"] as? [Any])?.count == 2)
            let bob = try await world.get(path(event), as: .bob)
            #expect(bob.object["receipts"] is NSNull, "they are the author's")
        }
    }

    @Test func whoFollowsAChannelIsNotTold() async throws {
        var post: TimelineEvent?
        try await HistoryWorld.run { story in
            var channel = try Group(.channel, of: .ada, in: &story)
            for speaker in [Speaker.bob, .cleo] {
                try channel.act(.ada, .addMembers([speaker.account]), in: &story)
            }
            let event = try channel.post("news", by: .ada, in: &story)
            for speaker in [Speaker.bob, .cleo] {
                try channel.act(speaker, .react(event.submission, emoji: "🐦"), in: &story)
            }
            post = event
        } _: { world in
            let event = try #require(post)
            let bob = try await world.get(path(event), as: .bob)
            #expect(
                bob.list("reactions_by").map { $0["account_id"] as? String } == [
                    "\(Speaker.bob.account)"
                ]
            )
            let ada = try await world.get(path(event), as: .ada)
            #expect(ada.list("reactions_by").count == 2)
            let receipts = ada.object["receipts"] as? [String: Any]
            #expect(receipts?["read_count"] as? Int == 0)
        }
    }

    @Test func aMessageThatIsGoneSaysNothingElse() async throws {
        var post: TimelineEvent?
        try await HistoryWorld.run { story in
            var group = try Group(.group, of: .ada, with: [.bob], in: &story)
            let event = try group.post("needle", by: .bob, in: &story)
            try group.act(.ada, .react(event.submission, emoji: "🐦"), in: &story)
            try group.act(.bob, .deleteMessage(event.submission), in: &story)
            post = event
        } _: { world in
            let answer = try await world.get(path(try #require(post)), as: .ada)
            let event = answer.object["event"] as? [String: Any]
            #expect(event?["content"] as? [String: String] == ["type": "deleted"])
            #expect(answer.list("reactions_by").isEmpty)
            #expect(!answer.text.contains("needle"))
        }
    }

    @Test func aMessageOfOthersIsOneThatDoesNotExist() async throws {
        var post: TimelineEvent?
        try await HistoryWorld.run { story in
            var group = try Group(.group, of: .ada, with: [.bob, .cleo], in: &story)
            try group.act(.cleo, .leave, in: &story)
            post = try group.post("hello", by: .ada, in: &story)
        } _: { world in
            let event = try #require(post)
            let foreign = try await world.get(path(event), as: .dan)
            #expect(foreign.status == 404 && foreign.problem == "not_found")
            let others = [
                (path(event), Speaker.cleo),
                (
                    "/v1/messages/\(SubmissionID(high: 9, low: 9))?conversation_id=\(event.conversation)",
                    .ada
                ),
                (
                    "/v1/messages/\(event.submission)?conversation_id=\(ConversationID(high: 9, low: 9))",
                    .ada
                ),
                ("/v1/messages/x?conversation_id=\(event.conversation)", .ada),
            ]
            for (path, speaker) in others {
                #expect(try await world.get(path, as: speaker).body == foreign.body, "\(path)")
            }
            for query in ["", "?conversation_id=", "?conversation_id=x"] {
                let answer = try await world.get(
                    "/v1/messages/\(event.submission)\(query)",
                    as: .ada
                )
                #expect(answer.status == 422 && answer.problem == "invalid_parameter", "\(query)")
            }
        }
    }

    @Test func whoWasRemovedIsToldOfNothingThatCameLater() async throws {
        var posts: [TimelineEvent] = []
        try await HistoryWorld.run { story in
            var group = try Group(.group, of: .ada, with: [.bob, .cleo], in: &story)
            posts.append(try group.post("before", by: .ada, in: &story))
            posts.append(try group.post("mine", by: .bob, in: &story))
            try group.act(.bob, .react(posts[1].submission, emoji: "🐦"), in: &story)
            try group.act(.ada, .removeMember(Speaker.bob.account), in: &story)
            let content = MessageContent.encodedText("needle".utf8)
            try group.act(.ada, .editMessage(posts[0].submission, content: content), in: &story)
            try group.act(.cleo, .react(posts[1].submission, emoji: "🪶"), in: &story)
            story.mark(.read, posts[1], by: .cleo)
        } _: { world in
            try world.write { while try $0.indexTexts(limit: 1000) > 0 {} }
            let conversation = "/v1/conversations/\(posts[0].conversation)"
            let page = try await world.get("\(conversation)/events", as: .bob)
            let shown = page.list("events").filter { $0["kind"] as? String == "message" }
            try #require(shown.count == 2)
            #expect(shown[1]["content"] as? [String: String] == ["type": "edited"])
            #expect(shown[1]["edited_at"] == nil)
            #expect(shown[0]["reactions"] == nil && shown[0]["my_reaction"] as? String == "🐦")
            #expect(page.object["ticks"] is NSNull)
            let edited = try await world.get(path(posts[0]), as: .bob)
            let message = try await world.get(path(posts[1]), as: .bob)
            #expect(message.list("reactions_by").count == 1)
            let receipts = try await world.get(path(posts[1], "/receipts"), as: .bob)
            #expect(receipts.list("receipts").count == 2)
            #expect(receipts.list("receipts").allSatisfy { $0["read_timestamp"] is NSNull })
            let list = try await world.get("/v1/conversations", as: .bob)
            let found = try await world.get("/v1/search?q=needle", as: .bob)
            #expect(found.list("events").isEmpty)
            for answer in [page, edited, message, receipts, list, found] {
                #expect(answer.status == 200 && !answer.text.contains("\"needle\""))
            }
            let ada = try await world.get("\(conversation)/events", as: .ada)
            #expect(ada.text.contains("\"needle\""))
        }
    }

    @Test func aMessageThatIsInNoneOfManyArchivesDoesNotExist() async throws {
        let library = ColdLibrary()
        var posts: [TimelineEvent] = []
        try await HistoryWorld.run(cold: library) { story in
            var group = try Group(.group, of: .ada, with: [.bob], in: &story)
            for number in 1...40 { posts.append(try group.post("\(number)", by: .ada, in: &story)) }
        } _: { world in
            let event = posts[2]
            try world.archive([event.conversation], in: library, by: 1)
            let unknown = SubmissionID(high: event.submission.high, low: .max)
            for rest in ["", "/receipts"] {
                let answer = try await world.get(
                    "/v1/messages/\(unknown)\(rest)?conversation_id=\(event.conversation)",
                    as: .ada
                )
                #expect(answer.status == 404 && answer.problem == "not_found")
                #expect(try await world.get(path(event, rest), as: .ada).status == 200)
            }
        }
    }

    @Test func anArchivedMessageIsFoundInItsConversation() async throws {
        let library = ColdLibrary()
        var posts: [TimelineEvent] = []
        try await HistoryWorld.run(cold: library) { story in
            var group = try Group(.group, of: .ada, with: [.bob], in: &story)
            for number in 1...9 { posts.append(try group.post("\(number)", by: .ada, in: &story)) }
            story.mark(.read, posts[8], by: .bob)
        } _: { world in
            let event = posts[2]
            let message = try await world.get(path(event), as: .ada)
            let receipts = try await world.get(path(event, "/receipts"), as: .ada)
            #expect(message.status == 200 && receipts.status == 200)
            try world.archive([event.conversation], in: library, by: 4)
            #expect(try await world.get(path(event), as: .ada).body == message.body)
            #expect(try await world.get(path(event, "/receipts"), as: .ada).body == receipts.body)
            let refused = try await world.get(path(event, "/receipts"), as: .bob)
            #expect(refused.status == 403 && refused.problem == "not_allowed")
            let bare = "/v1/messages/\(event.submission)/receipts"
            #expect(try await world.get(bare, as: .ada).status == 404)
            for archive in library.archives { library.damage(archive, .corrupt) }
            for rest in ["", "/receipts"] {
                let answer = try await world.get(path(event, rest), as: .ada)
                #expect(answer.status == 503 && answer.problem == "store_unavailable")
                #expect(answer.header("Retry-After") == "60")
                // Who has no part in it learns nothing of archives.
                #expect(try await world.get(path(event, rest), as: .dan).status == 404)
            }
        }
    }
}
