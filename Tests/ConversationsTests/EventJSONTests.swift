import Conversations
import Events
import Foundation
import Testing

/// Events as clients read them when their text is not to be shown.
@Suite struct EventJSONTests {
    private func event(_ body: TimelineEvent.Body) -> TimelineEvent {
        TimelineEvent(
            origin: Origin(topicNumber: 1, partition: Partition(0), offset: Offset(1)),
            conversation: Samples.conversation,
            kind: .direct,
            seq: 3,
            messageCount: 2,
            serverTime: Samples.noon,
            clientTime: Samples.noon,
            sender: Samples.ada,
            device: Samples.device,
            submission: Samples.post(1).id,
            body: body
        )
    }

    private func object(
        _ event: TimelineEvent,
        missing: EventJSON.MissingContent?
    ) throws -> [String: Any] {
        var json = JSONWriter()
        EventJSON.append(event, missing: missing, to: &json)
        #expect(missing == nil || !String(decoding: json.bytes, as: UTF8.self).contains("needle"))
        let object = try JSONSerialization.jsonObject(with: Data(json.bytes))
        return try #require(object as? [String: Any])
    }

    @Test(arguments: ["deleted", "expired", "hidden", "edited"])
    func aTextThatIsNotShownIsInNoField(why: String) throws {
        let missing = try #require(EventJSON.MissingContent(rawValue: why))
        var post = MessagePost(recipient: Samples.bob, text: Array("needle".utf8))
        post.mentions = [Samples.bob]
        post.replyTo = Samples.id(at: Samples.noon, 9)
        let message = event(.messagePosted(post))
        #expect(try object(message, missing: nil)["mentions"] != nil)
        let shown = try object(message, missing: missing)
        #expect(shown["content"] as? [String: String] == ["type": why])
        #expect((shown["mentions"] != nil) == (why == "edited"), "what is gone addressed nobody")
        #expect((shown["reply_to"] != nil) == (why == "edited"))
        #expect(shown["seq"] as? Int == 3, "its place is kept")
        let content = MessageContent.encodedText("needle".utf8)
        let edit = event(.acted(.editMessage(Samples.post(1).id, content: content)))
        #expect(try object(edit, missing: missing)["content"] as? [String: String] == ["type": why])
    }
}
