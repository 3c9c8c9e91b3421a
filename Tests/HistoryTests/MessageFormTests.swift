import Conversations
import Events
import Foundation
import Stores
import SwiftProtobuf
import TestKit
import Testing

/// How messages are written that something has become of.
@Suite struct MessageFormTests {
    /// A group of Ada and Bob, told by `tell`; all its events as Bob sees them, by seq.
    private func events(
        _ tell: @escaping (inout Group, inout Story) throws -> Void,
        at time: Timestamp = HistoryWorld.start
    ) async throws -> [Int: [String: Any]] {
        var id = ""
        var found: [Int: [String: Any]] = [:]
        try await HistoryWorld.run { story in
            var group = try Group(.group, of: .ada, with: [.bob], in: &story)
            id = group.id.description
            try tell(&group, &story)
        } _: { world in
            world.clock.set(time)
            let path = "/v1/conversations/\(id)/events"
            for event in try await world.get(path, as: .bob).list("events") {
                found[event["seq"] as? Int ?? 0] = event
            }
        }
        return found
    }

    private func plain(_ event: TimelineEvent) throws -> [String: Any] {
        var json = JSONWriter()
        EventJSON.append(event, to: &json)
        let object = try JSONSerialization.jsonObject(with: Data(json.bytes))
        return object as? [String: Any] ?? [:]
    }

    private func equal(_ object: [String: Any]?, _ expected: [String: Any]) -> Bool {
        NSDictionary(dictionary: object ?? [:]) == NSDictionary(dictionary: expected)
    }

    @Test func whatNothingHasBecomeOfIsWrittenAsInItsFrame() async throws {
        var told: [TimelineEvent] = []
        let found = try await events { group, story in
            told.append(
                try group.post("hello", by: .ada, in: &story) { post in
                    post.mentions = [Speaker.bob.account]
                    post.isForwarded = true
                }
            )
            told.append(
                try group.act(.ada, .setProfile(ProfileChange(name: "New")), in: &story)
            )
            told.append(try group.act(.ada, .addMembers([Speaker.cleo.account]), in: &story))
        }
        for event in told { #expect(try equal(found[Int(event.seq)], plain(event))) }
    }

    @Test func aMessageThatWasReactedToHasTheSameFieldsAndItsReactions() async throws {
        var told: TimelineEvent?
        let found = try await events { group, story in
            let first = try group.post("first", by: .ada, in: &story)
            let post = try group.post("hello", by: .ada, in: &story) { post in
                post.replyTo = first.submission
                post.mentions = [Speaker.bob.account]
                post.isForwarded = true
            }
            told = post
            try group.act(.ada, .react(post.submission, emoji: "👍"), in: &story)
            try group.act(.bob, .react(post.submission, emoji: "🪶"), in: &story)
        }
        let event = try #require(told)
        var object = try #require(found[Int(event.seq)])
        let reactions = object.removeValue(forKey: "reactions") as? [[String: Any]]
        #expect(reactions?.compactMap { $0["emoji"] as? String } == ["👍", "🪶"])
        #expect(reactions?.compactMap { $0["count"] as? Int } == [1, 1])
        #expect(object.removeValue(forKey: "my_reaction") as? String == "🪶")
        #expect(try equal(object, plain(event)))
    }

    @Test func anEditedMessageSaysItsNewestTextAndWhen() async throws {
        var told: [TimelineEvent] = []
        let found = try await events { group, story in
            let post = try group.post("first", by: .ada, in: &story)
            told.append(post)
            for text in ["second", "third"] {
                let content = MessageContent.encodedText(text.utf8)
                let action = ConversationAction.editMessage(post.submission, content: content)
                told.append(try group.act(.ada, action, in: &story))
            }
        }
        for event in told {
            let content = found[Int(event.seq)]?["content"] as? [String: String]
            #expect(content == ["type": "text", "text": "third"], "\(event.seq)")
        }
        let time = found[Int(told[0].seq)]?["edited_at"] as? Int
        #expect(time.map(Int64.init) == told[2].serverTime.milliseconds)
    }

    @Test func ofADeletedMessageNothingIsSaidButThat() async throws {
        var told: [TimelineEvent] = []
        let found = try await events { group, story in
            let post = try group.post("needle", by: .bob, in: &story) { post in
                post.mentions = [Speaker.ada.account]
            }
            let content = MessageContent.encodedText("needle two".utf8)
            let edit = ConversationAction.editMessage(post.submission, content: content)
            told = [post, try group.act(.bob, edit, in: &story)]
            try group.act(.ada, .react(post.submission, emoji: "👍"), in: &story)
            told.append(try group.act(.bob, .deleteMessage(post.submission), in: &story))
        }
        for event in told.prefix(2) {
            let object = try #require(found[Int(event.seq)])
            #expect(object["content"] as? [String: String] == ["type": "deleted"])
            #expect(object["message_id"] as? String == told[0].submission.description)
            #expect(object["mentions"] == nil && object["reactions"] == nil)
            #expect(!"\(object)".contains("needle"))
        }
        #expect(found[Int(told[2].seq)]?["kind"] as? String == "deleted")
    }

    @Test func aDisappearedMessageIsGoneByTheClock() async throws {
        var told: TimelineEvent?
        let tell: (inout Group, inout Story) throws -> Void = { group, story in
            var change = ConversationSettings.Change()
            change.disappearAfterSeconds = 60
            try group.act(.ada, .setSettings(change), in: &story)
            told = try group.post("needle", by: .ada, in: &story)
        }
        let before = try await events(tell)
        let event = try #require(told)
        let shown = try #require(before[Int(event.seq)])
        #expect((shown["content"] as? [String: String])?["text"] == "needle")
        let end = event.serverTime + .seconds(60)
        #expect((shown["expires_at"] as? Int).map(Int64.init) == end.milliseconds)
        let after = try await events(tell, at: end)
        #expect(after[Int(event.seq)]?["content"] as? [String: String] == ["type": "expired"])
    }

    @Test func aPollHasItsVotes() async throws {
        var told: TimelineEvent?
        let found = try await events { group, story in
            let content: [UInt8] = try PBContent.with {
                $0.poll = .with {
                    $0.question = "When?"
                    $0.options = ["now", "later"]
                }
            }.serializedBytes()
            let post = try group.post("", by: .ada, in: &story) { $0.content = content[...] }
            told = post
            try group.act(.ada, .vote(post.submission, options: [1]), in: &story)
            try group.act(.bob, .vote(post.submission, options: [1]), in: &story)
        }
        let event = try #require(told)
        var object = try #require(found[Int(event.seq)])
        #expect(object.removeValue(forKey: "votes") as? [Int] == [0, 2])
        #expect(object.removeValue(forKey: "my_votes") as? [Int] == [1])
        #expect(try equal(object, plain(event)))
    }
}
