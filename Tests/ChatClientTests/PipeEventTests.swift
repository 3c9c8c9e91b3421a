import Events
import Foundation
import Testing

@testable import ChatClient
@testable import MartletClient

@Suite struct PipeEventTests {
    private func tracker(listens: Bool = true) -> PipeTracker {
        PipeTracker(
            me: GroupScene.me,
            goal: .sequenced,
            listens: listens,
            receiveMax: nil,
            marksRead: true
        )
    }

    private func object(_ effects: [PipeTracker.Effect]) throws -> [String: Any] {
        guard case .write(let line)? = effects.first else { return [:] }
        return try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        )
    }

    @Test func groupMessagesAreToldWithTheirKindAndWhatTheyAnswer() throws {
        var tracker = tracker()
        let answered = ids.next(SubmissionID.self)
        let message = GroupScene.message(3, .text("yes"), replyTo: answered)
        let effects = tracker.apply(GroupScene.change(message))
        #expect(effects.last == .read(GroupScene.group, 3))
        let line = try object(effects)
        #expect(line["state"] as? String == "received")
        #expect(line["conversation_kind"] as? String == "group")
        #expect(line["text"] as? String == "yes")
        #expect(line["reply_to"] as? String == answered.description)
        let poll = MessageContent.poll(Poll(question: "q", options: ["a", "b"]))
        let second = try object(tracker.apply(GroupScene.change(GroupScene.message(4, poll))))
        #expect((second["content"] as? [String: Any])?["question"] as? String == "q")
    }

    @Test(arguments: EventDecodingTests.kinds)
    func whatHappensIsToldWithTheFieldsOfTheProtocol(
        kind: String,
        more: String,
        change: ConversationChange
    ) throws {
        var tracker = tracker()
        let members = [MemberChange(GroupScene.bob, nil), MemberChange(GroupScene.ada, .admin)]
        let event = GroupScene.event(5, change, members)
        guard case .write(let line)? = tracker.apply(GroupScene.change(event)).first else {
            Issue.record("no line")
            return
        }
        #expect(line.hasPrefix("{\"state\":\"event\",\"kind\":\"\(kind)\""))
        // It reads as the frame did.
        let decoded = try Array(line.utf8).withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            return try ServerEvent(reading: &reader)
        }
        #expect(decoded == .conversation(event))
    }

    private func event(_ event: ServerEvent) -> DeviceSession.Change {
        .event(event, InboxPosition(epoch: 1, offset: Offset(2)))
    }

    @Test(arguments: PersonalDecodingTests.kinds)
    func whatOneSetsForOneselfIsToldWithTheFieldsOfTheProtocol(
        kind: String,
        more: String,
        change: PersonalChange
    ) throws {
        var tracker = tracker()
        let told = ServerEvent.personal(PersonalEvent(change, serverTimestamp: GroupScene.now))
        guard case .write(let line)? = tracker.apply(event(told)).first else {
            Issue.record("no line")
            return
        }
        #expect(line.hasPrefix("{\"state\":\"event\",\"kind\":\"\(kind)\""))
        let decoded = try Array(line.utf8).withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            return try ServerEvent(reading: &reader)
        }
        #expect(decoded == told)
    }

    @Test func readMarksAndSignalsAreTold() {
        var tracker = tracker()
        let group = GroupScene.group
        let ada = GroupScene.ada
        let mark = ServerEvent.read(ReadEvent(conversationID: group, seq: 4))
        #expect(
            tracker.apply(event(mark)) == [
                .write(
                    #"{"state":"event","kind":"read","conversation_id":"\#(group)","seq":4}"#
                )
            ]
        )
        #expect(
            tracker.apply(.signal(.activity(group, ada, .recording))) == [
                .write(
                    #"{"state":"signal","kind":"typing","conversation_id":"\#(group)","account_id":"\#(ada)","activity":"recording"}"#
                )
            ]
        )
        let seen = Signal.presence(ada, .offline(lastSeen: Timestamp(milliseconds: 5)))
        #expect(
            tracker.apply(.signal(seen)) == [
                .write(
                    #"{"state":"signal","kind":"presence","account_id":"\#(ada)","online":false,"last_seen":5}"#
                )
            ]
        )
        var deaf = self.tracker(listens: false)
        #expect(deaf.apply(event(mark)).isEmpty)
        #expect(deaf.apply(.signal(seen)).isEmpty)
    }

    @Test func aRemovedDeviceEndsTheRunWithAFailure() {
        var tracker = tracker()
        _ = tracker.apply(.stopped(ClientError(.deviceRemoved)))
        #expect(tracker.isDone)
        #expect(tracker.exitCode == 1)
        #expect(tracker.stopError?.code == .deviceRemoved)
    }

    @Test func whoDoesNotListenIsToldOnlyOfItsOwn() {
        var tracker = tracker(listens: false)
        #expect(tracker.apply(GroupScene.change(GroupScene.event(5, .membersAdded))).isEmpty)
        #expect(tracker.apply(GroupScene.change(GroupScene.message(6, .text("a")))).isEmpty)
    }

    @Test func unknownKindsAreNotTold() {
        var tracker = tracker()
        let position = InboxPosition(epoch: 1, offset: Offset(2))
        #expect(tracker.apply(.event(.unknown(kind: "levitated"), position)).isEmpty)
    }

    @Test(arguments: [
        ("+1 555 123-0001", OutgoingMessage.Recipient?.some(.address("+15551230001"))),
        ("Ada@Example.org", .address("ada@example.org")),
        (GroupScene.group.description, .conversation(GroupScene.group)),
        (GroupScene.ada.description, .account(GroupScene.ada)), ("ada", nil), ("", nil),
    ])
    func whomOneWritesToIsReadFromWhatWasTyped(
        text: String,
        recipient: OutgoingMessage.Recipient?
    ) {
        #expect(ChatTarget(parsing: text)?.recipient == recipient)
    }
}
