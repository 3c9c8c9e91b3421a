import EventLog
import Events
import Ingest
import NIOEmbedded
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

@Suite struct SubmitTests {
    @Test func whatIsMoreThanATextIsReadWholeAndWhatIsNoGoodIsRefusedWithoutAClose() throws {
        let delivery = try TestDelivery()
        let ada = try delivery.connect(delivery.ada)
        _ = try ada.receive()
        let start = "{\"type\":\"submit\",\"recipient_group\":\"g\","
        ada.send(
            start + "\"id\":\"a\",\"message\":\"yes\",\"reply_to\":\"m\",\"mentions\":[\"x\"],"
                + "\"forwarded\":true}"
        )
        ada.send(start + "\"id\":\"b\",\"content\":{\"type\":\"poll\",\"question\":\"q\"}}")
        ada.send(start + "\"id\":\"c\",\"mentions\":7}")
        var first = MessageRequest(id: "a", recipientGroup: "g", message: "yes")
        first.replyTo = "m"
        first.mentions = ["x"]
        first.isForwarded = true
        let requests = delivery.submissions.submissions.map(\.request)
        #expect(requests.count == 2)
        #expect(requests.first == first)
        #expect(try requests.last?.content?.string("type", or: .invalidMessage) == "poll")
        let answers = try ada.receiveJSON()
        #expect(answers.map { $0["type"] as? String } == ["rejected"])
        #expect(answers.first?["id"] as? String == "c")
        #expect((answers.first?["code"] as? String)?.hasPrefix("invalid_") == true)
        #expect(try ada.receiveClose() == nil)
    }

    @Test func theAnswerSaysWhatTheLogSaid() throws {
        let delivery = try TestDelivery()
        let ada = try delivery.connect(delivery.ada)
        _ = try ada.receive()
        ada.send(
            "{\"type\":\"submit\",\"id\":\"one\",\"recipient\":\"+15551230002\","
                + "\"message\":\"h\\u00e9 \\ud83d\\ude00\",\"client_timestamp\":5}"
        )
        ada.send(
            "{\"type\":\"submit\",\"id\":\"two\",\"recipient_group\":\"g\","
                + "\"content\":{\"type\":\"text\",\"text\":\"hi\"}}"
        )
        #expect(try ada.receive() == [], "nothing is said before the log has it")
        let submissions = delivery.submissions.submissions
        #expect(
            submissions.map(\.request) == [
                MessageRequest(
                    id: "one",
                    recipient: "+15551230002",
                    message: "hé 😀",
                    clientTimestamp: 5
                ),
                MessageRequest(id: "two", recipientGroup: "g", message: "hi"),
            ]
        )
        #expect(submissions[0].identity == delivery.ada)
        let conversation = ConversationID(high: 4, low: 4)
        submissions[1].outcome(.refused(code: "log_unavailable", detail: "try \"again\""))
        submissions[0].outcome(
            .accepted(
                SubmissionID(high: 3, low: 3),
                conversation,
                Timestamp(milliseconds: 77)
            )
        )
        delivery.loop.run()
        let answers = try ada.receiveJSON()
        #expect(answers.count == 2)
        #expect(answers[0]["type"] as? String == "rejected")
        #expect(answers[0]["id"] as? String == "two")
        #expect(answers[0]["code"] as? String == "log_unavailable")
        #expect(answers[0]["detail"] as? String == "try \"again\"")
        #expect(answers[1]["type"] as? String == "accepted")
        #expect(answers[1]["id"] as? String == "one")
        #expect(answers[1]["messageId"] as? String == SubmissionID(high: 3, low: 3).description)
        #expect(answers[1]["conversation_id"] as? String == conversation.description)
        #expect(answers[1]["server_timestamp"] as? Int == 77)
    }

    @Test func aDeviceWithTooManySubmissionsUnderWayIsNotReadUntilSomeAreAnswered() throws {
        let delivery = try TestDelivery { $0.submissionsInFlightMax = 4 }
        let ada = try delivery.connect(delivery.ada)
        _ = try ada.receive()
        for number in 0..<10 {
            ada.send("{\"type\":\"submit\",\"id\":\"\(number)\",\"message\":\"x\"}")
        }
        #expect(delivery.submissions.submissions.count == 4)
        for submission in delivery.submissions.submissions {
            submission.outcome(.refused(code: "no", detail: ""))
        }
        delivery.loop.run()
        #expect(delivery.submissions.submissions.count == 8)
        for submission in delivery.submissions.submissions[4...] {
            submission.outcome(.refused(code: "no", detail: ""))
        }
        delivery.loop.run()
        #expect(delivery.submissions.submissions.map(\.request.id) == (0..<10).map { "\($0)" })
    }

    @Test func anAnswerForADeviceThatIsGoneGoesNowhere() throws {
        let delivery = try TestDelivery()
        let ada = try delivery.connect(delivery.ada)
        ada.send("{\"type\":\"submit\",\"id\":\"one\",\"message\":\"x\"}")
        ada.send(ClientBytes.close(1000))
        delivery.submissions.submissions[0].outcome(.refused(code: "no", detail: ""))
        delivery.loop.run()
        #expect(try ada.receiveClose() == 1000)
    }
}
