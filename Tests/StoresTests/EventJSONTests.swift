import Events
import Foundation
import Stores
import Testing

struct EventJSONTests {
    @Test func anEventHasTheFieldsOfTheProtocol() throws {
        var script = Script()
        let event = try script.post("she said \"hi\"\n\u{1}\\ 👋", from: ada, to: bob)
        var json = JSONWriter()
        EventJSON.append(event, to: &json)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any]
        )
        #expect(
            Set(object.keys) == [
                "kind", "conversation_id", "conversation_kind", "seq", "message_count",
                "message_id", "sender", "recipient", "server_timestamp", "client_timestamp",
                "content",
            ]
        )
        #expect(object["kind"] as? String == "message")
        #expect(object["conversation_kind"] as? String == "direct")
        #expect(object["seq"] as? Int == 1)
        #expect(object["sender"] as? String == ada.description)
        #expect(object["server_timestamp"] as? Int == 1001)
        #expect(
            object["content"] as? [String: String]
                == ["type": "text", "text": "she said \"hi\"\n\u{1}\\ 👋"]
        )
    }

    @Test func aContentOfALaterVersionIsUnknownAndBreaksNothing() throws {
        var script = Script()
        var event = try script.post("x", from: ada, to: bob)
        for content: [UInt8] in [[], [0xFF, 0xFF], [0xA2, 0x06, 0x00]] {
            event.content = content
            var json = JSONWriter()
            json.beginArray()
            EventJSON.append(event, to: &json)
            EventJSON.append(event, to: &json)
            json.endArray()
            let objects = try #require(
                try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [[String: Any]]
            )
            #expect(objects.count == 2)
            #expect(objects[0]["content"] as? [String: String] == ["type": "unknown"])
        }
    }
}
