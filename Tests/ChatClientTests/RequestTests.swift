import Events
import Foundation
import NIOCore
import Testing

@testable import MartletClient

private let group = ConversationID(high: 7, low: 9)
private let message = SubmissionID(high: 1 << 20 | 0x7000, low: 1 << 63)
private let at = "/v1/conversations/\(group)"
private let phone = "%2B15551230001"

@Suite struct RequestTests {
    static let calls: [(ConversationRequest, String, String)] = [
        (
            .createGroup(name: "a \"b\"", members: ["+1555", "x@y.z"]), "POST /v1/groups",
            #"{"members":["+1555","x@y.z"],"name":"a \"b\""}"#
        ),
        (.createGroup(name: "a", members: []), "POST /v1/groups", #"{"name":"a"}"#),
        (.createChannel(name: "a"), "POST /v1/channels", #"{"name":"a"}"#),
        (
            .setProfile(group, ConversationProfile(name: "a", picture: "")), "PATCH \(at)",
            #"{"name":"a","picture":""}"#
        ),
        (
            .setSettings(
                group,
                ConversationSettings(
                    postFrom: .admin,
                    editProfileFrom: .member,
                    addFrom: .owner,
                    disappearAfter: .seconds(3600)
                )
            ), "PATCH \(at)",
            #"{"settings":{"add_from":"owner","disappear_after_s":3600,"edit_profile_from":"member","post_from":"admin"}}"#
        ),
        (.addMembers(group, ["+1555"]), "POST \(at)/members", #"{"accounts":["+1555"]}"#),
        (.removeMember(group, "+15551230001"), "DELETE \(at)/members/\(phone)", "{}"),
        (
            .setRole(group, "a@b.c", .moderator), "PUT \(at)/members/a%40b%2Ec/role",
            #"{"role":"moderator"}"#
        ),
        (.transferOwnership(group, "+1555"), "POST \(at)/owner", #"{"account":"+1555"}"#),
        (.leave(group), "POST \(at)/leave", "{}"),
        (.ban(group, "+15551230001"), "PUT \(at)/bans/\(phone)", "{}"),
        (.unban(group, "+15551230001"), "DELETE \(at)/bans/\(phone)", "{}"),
        (.createInvite(group), "POST \(at)/invites", "{}"),
        (
            .createInvite(
                group,
                expiresAt: Timestamp(milliseconds: 5),
                usesMax: 2,
                needsApproval: true
            ), "POST \(at)/invites", #"{"expires_at":5,"needs_approval":true,"uses_max":2}"#
        ),
        (.revokeInvite(group, token: "t7"), "DELETE \(at)/invites/t7", "{}"),
        (.acceptInvite(token: "t7"), "POST /v1/invites/t7/acceptance", "{}"),
        (
            .decideRequest(group, "+15551230001", isApproved: false),
            "PUT \(at)/requests/\(phone)", #"{"approved":false}"#
        ),
        (
            .edit(group, message, text: "b"), "PATCH /v1/messages/\(message)",
            #"{"conversation_id":"\#(group)","message":"b"}"#
        ),
        (
            .delete(group, message), "DELETE /v1/messages/\(message)?conversation_id=\(group)",
            "{}"
        ),
        (
            .react(group, message, emoji: "👍"), "PUT /v1/messages/\(message)/reaction",
            #"{"conversation_id":"\#(group)","emoji":"👍"}"#
        ),
        (
            .pin(group, message), "PUT /v1/messages/\(message)/pin?conversation_id=\(group)",
            "{}"
        ),
        (
            .unpin(group, message), "DELETE /v1/messages/\(message)/pin?conversation_id=\(group)",
            "{}"
        ),
        (
            .vote(group, message, options: [0, 2]), "PUT /v1/messages/\(message)/vote",
            #"{"conversation_id":"\#(group)","options":[0,2]}"#
        ),
        (.block("+15551230001"), "PUT /v1/blocks/\(phone)", "{}"),
        (.unblock("+15551230001"), "DELETE /v1/blocks/\(phone)", "{}"),
    ]

    @Test(arguments: calls)
    func everyRequestIsTheCallThatItShouldBe(
        request: ConversationRequest,
        call: String,
        body: String
    ) throws {
        let made = "\(request.method) \(request.path)"
        #expect(made == call)
        var writer = JSONObjectWriter()
        request.write(to: &writer)
        let object = try JSONSerialization.jsonObject(with: Data(writer.text.utf8))
        let sorted = try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
        #expect(String(decoding: sorted, as: UTF8.self) == body)
    }

    @Test func aMessageToAGroupNamesItAndWhatItAnswers() throws {
        var poll = OutgoingMessage(
            id: message,
            to: .conversation(group),
            content: .poll(Poll(question: "q?", options: ["a", "b"]))
        )
        poll.replyTo = SubmissionID(high: 1, low: 2)
        let text = OutgoingMessage(id: message, to: .conversation(group), text: "hello")
        let parsed = try [poll, text].map { message in
            var buffer = ByteBuffer()
            ClientFrame.submit(message).write(to: &buffer)
            let object = try JSONSerialization.jsonObject(with: Data(buffer.readableBytesView))
            return try #require(object as? [String: Any])
        }
        #expect(parsed[0]["recipient_group"] as? String == group.description)
        #expect(parsed[0]["recipient"] == nil)
        #expect(parsed[0]["message"] == nil)
        #expect(parsed[0]["reply_to"] as? String == SubmissionID(high: 1, low: 2).description)
        let content = parsed[0]["content"] as? [String: Any]
        #expect(content?["type"] as? String == "poll")
        #expect(content?["options"] as? [String] == ["a", "b"])
        #expect(parsed[1]["message"] as? String == "hello")
        #expect(parsed[1]["content"] == nil)
        #expect(parsed[1]["reply_to"] == nil)
    }

    @Test func aPollTakesItsRoomInTheOutbox() {
        let poll = OutgoingMessage(
            id: message,
            to: .conversation(group),
            content: .poll(Poll(question: "question", options: ["one", "two"]))
        )
        var outbox = Outbox(inFlightMax: 1, countMax: 9, bytesMax: 14)
        #expect(outbox.insert(poll) == true)
        #expect(
            outbox.insert(OutgoingMessage(id: ids.next(), to: .address("+1"), text: "x")) == false
        )
        #expect(outbox.remove(message) == true)
        #expect(
            outbox.insert(OutgoingMessage(id: ids.next(), to: .address("+1"), text: "x")) == true
        )
    }
}
