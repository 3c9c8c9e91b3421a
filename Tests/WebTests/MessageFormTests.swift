import Conversations
import EventLog
import Events
import Foundation
import Ingest
import TestKit
import Testing
import Web

/// Messages of all forms over `POST /v1/messages`.
@Suite struct MessageFormTests {
    private let world = GatewayWorld()
    private let to = #""recipient":"\#(Samples.bobPhone)""#

    /// Contents with all their members, in the order in which events have them.
    private var contents: [String] {
        let end = world.clock.now().milliseconds + Limits.liveLocationMax.milliseconds
        return [
            #"{"type":"text","text":"hello"}"#,
            #"{"type":"media","media_id":"m1","mime_type":"image/png","caption":"c","file_name":"f.png"}"#,
            #"{"type":"location","location":{"latitude":52.5200066,"longitude":-13.4049540,"name":"x"}}"#,
            #"{"type":"location","location":{"latitude":-90.0000000,"longitude":180.0000000}}"#,
            #"{"type":"live_location","location":{"latitude":0.0000001,"longitude":0.1},"ends_at":\#(end)}"#,
            #"{"type":"contact","name":"Bob","addresses":["+15551230002","bob@example.org"]}"#,
            #"{"type":"voice_note","media_id":"m2","duration_ms":4294967295}"#,
            #"{"type":"poll","question":"Where?","options":["here","there"],"multiple":true}"#,
        ]
    }

    private func posts() throws -> [MessagePost] {
        try world.log.decodedSubmissions.compactMap { submission in
            guard case .postMessage(let post) = submission.request else { return nil }
            return post
        }
    }

    @Test func everyContentIsTakenInTheFormInWhichEventsShowIt() async throws {
        try await world.serve { server in
            let token = try await world.token()
            for (number, content) in contents.enumerated() {
                let body = "{\(to),\"content\":\(content)}"
                let answer = try await server.post("/v1/messages", body, token: token)
                #expect(answer.status == 201, "\(content): \(answer.text)")
                let all = try posts()
                #expect(all.count == number + 1, "\(content)")
                var json = JSONWriter()
                EventJSON.appendContent(try #require(all.last).content, to: &json)
                #expect(try JSONObject(json.bytes) == JSONObject(Array(content.utf8)), "\(content)")
                #expect(throws: Never.self, "\(content)") {
                    try MessageContent(checking: try #require(all.last).content)
                }
            }
        }
    }

    @Test func whatMayBeLeftOutMayBeLeftOut() async throws {
        let bare = [
            #"{"type":"media","media_id":"m","mime_type":"a/b"}"#,
            #"{"type":"media","media_id":"m","mime_type":"a/b","caption":null,"file_name":""}"#,
            #"{"type":"location","location":{"latitude":1,"longitude":-1}}"#,
            #"{"type":"poll","question":"?","options":["1","2"],"unknown":7}"#,
        ]
        try await world.serve { server in
            let token = try await world.token()
            for content in bare {
                let body = "{\(to),\"content\":\(content)}"
                let answer = try await server.post("/v1/messages", body, token: token)
                #expect(answer.status == 201, "\(content): \(answer.text)")
            }
        }
    }

    @Test func whatGoesWithAMessageIsKept() async throws {
        let reply = SubmissionID(high: 1, low: 2)
        let group = ConversationID(high: 3, low: 4)
        let mentions = (0..<Limits.mentionsMax).map { AccountID(high: 5, low: UInt64($0)) }
        let list = mentions.map { "\"\($0)\"" }.joined(separator: ",")
        let body =
            #"{"recipient_group":"\#(group)","message":"hello","reply_to":"\#(reply)","#
            + #""mentions":[\#(list)],"forwarded":true}"#
        try await world.serve { server in
            let answer = try await server.post(
                "/v1/messages",
                body,
                token: try await world.token()
            )
            #expect(answer.status == 201)
            var post = MessagePost(text: Array("hello".utf8))
            post.replyTo = reply
            post.mentions = mentions
            post.isForwarded = true
            #expect(try posts() == [post])
            let submission = try #require(try world.log.decodedSubmissions.first)
            #expect(submission.conversation == group)
            #expect(submission.kind == nil)
        }
    }

    @Test func contentsBeyondTheLimitsAreRefused() async throws {
        let long = String(repeating: "x", count: 101)
        let now = world.clock.now().milliseconds
        let late = now + Limits.liveLocationMax.milliseconds + 1
        let options = (0..<13).map { "\"\($0)\"" }.joined(separator: ",")
        let place = #""location":{"latitude":1,"longitude":1}"#
        let members = [
            #""type":"video""#, #""type":7"#, #""type":null"#, #""text":"x""#,
            #""type":"media""#, #""type":"media","media_id":"m""#,
            #""type":"media","media_id":"","mime_type":"a/b""#,
            #""type":"media","media_id":" ","mime_type":"a/b""#,
            #""type":"media","media_id":"\#(long)","mime_type":"a/b""#,
            #""type":"media","media_id":"m","mime_type":7"#,
            #""type":"media","media_id":"m","mime_type":"a/b","caption":7"#,
            #""type":"media","media_id":"m","mime_type":"a/b","caption":"\#(wide(1025))""#,
            #""type":"media","media_id":"m","mime_type":"a/b","file_name":"\#(wide(256))""#,
            #""type":"location""#, #""type":"location","location":[]"#,
            #""type":"location","latitude":1,"longitude":1"#,
            #""type":"location","location":{"latitude":1}"#,
            #""type":"location","location":{"latitude":91,"longitude":1}"#,
            #""type":"location","location":{"latitude":1,"longitude":1,"name":"\#(long)"}"#,
            #""type":"live_location",\#(place)"#, #""type":"live_location","ends_at":\#(now + 1)"#,
            #""type":"live_location",\#(place),"ends_at":\#(now)"#,
            #""type":"live_location",\#(place),"ends_at":\#(late)"#,
            #""type":"live_location",\#(place),"ends_at":9223372036854775807"#,
            #""type":"live_location",\#(place),"ends_at":"soon""#,
            #""type":"contact","name":"Bob""#, #""type":"contact","addresses":["x"]"#,
            #""type":"contact","name":"Bob","addresses":[]"#,
            #""type":"contact","name":"Bob","addresses":"x""#,
            #""type":"contact","name":"Bob","addresses":[7]"#,
            #""type":"contact","name":"Bob","addresses":[""]"#,
            #""type":"contact","name":"Bob","addresses":["1","2","3","4","5","6","7","8","9"]"#,
            #""type":"voice_note","media_id":"m""#,
            #""type":"voice_note","media_id":"m","duration_ms":0"#,
            #""type":"voice_note","media_id":"m","duration_ms":4294967296"#,
            #""type":"voice_note","media_id":"m","duration_ms":1.5"#,
            #""type":"poll","options":["1","2"]"#, #""type":"poll","question":"?""#,
            #""type":"poll","question":" ","options":["1","2"]"#,
            #""type":"poll","question":"\#(wide(256))","options":["1","2"]"#,
            #""type":"poll","question":"?","options":["1"]"#,
            #""type":"poll","question":"?","options":["1"," "]"#,
            #""type":"poll","question":"?","options":["1","\#(long)"]"#,
            #""type":"poll","question":"?","options":[\#(options)]"#,
            #""type":"poll","question":"?","options":["1","2"],"multiple":1"#,
        ]
        try await expectRefusals(members.map { "{\(to),\"content\":{\($0)}}" })
    }

    /// Characters to the eye that are two scalars each.
    private func wide(_ count: Int) -> String {
        String(repeating: "e\u{301}", count: (count + 1) / 2)
    }

    @Test func whatGoesWithAMessageIsWithinTheLimits() async throws {
        let ids = (0..<65 as Range<UInt64>).map { "\"\(AccountID(high: 5, low: $0))\"" }.joined(
            separator: ","
        )
        let members = [
            #""reply_to":"x""#, #""reply_to":7"#, #""reply_to":"""#, #""mentions":7"#,
            #""mentions":"\#(Samples.bob.account)""#, #""mentions":["x"]"#, #""mentions":[7]"#,
            #""mentions":["\#(Samples.bobPhone)"]"#, #""mentions":[\#(ids)]"#,
            #""forwarded":1"#, #""forwarded":"true""#,
        ]
        try await expectRefusals(members.map { "{\(to),\"message\":\"x\",\($0)}" })
    }

    private func expectRefusals(_ bodies: [String]) async throws {
        try await world.serve { server in
            let token = try await world.token()
            for body in bodies {
                let answer = try await server.post("/v1/messages", body, token: token)
                #expect(answer.status == 422, "\(body.prefix(200))")
                #expect(answer.problem == "invalid_message", "\(body.prefix(200))")
            }
        }
        #expect(world.log.records(.submissions).isEmpty)
    }
}
