import Conversations
import Events
import Foundation
import SwiftProtobuf
import Testing

@Suite struct CodingTests {
    private func event(_ text: String, recipient: AccountID? = Samples.bob) -> TimelineEvent {
        TimelineEvent(
            origin: Origin(
                topicNumber: 1,
                partition: Partition(11),
                offset: Offset(1 << 40),
                index: 2
            ),
            conversation: Samples.conversation,
            kind: .direct,
            seq: 300,
            messageCount: 299,
            serverTime: Samples.noon,
            clientTime: Timestamp(milliseconds: -5),
            sender: Samples.ada,
            device: Samples.device,
            submission: Samples.post(1).id,
            body: .messagePosted(recipient: recipient, text: Array(text.utf8)[...])
        )
    }

    private func generated(_ event: TimelineEvent) -> PBTimelineEvent {
        .with {
            $0.origin = event.origin.message
            $0.conversationID = Data(event.conversation.bytes)
            $0.conversationKind = .direct
            $0.seq = event.seq
            $0.messageCount = event.messageCount
            $0.serverTimeMs = event.serverTime.milliseconds
            $0.clientTimeMs = event.clientTime.milliseconds
            $0.sender = Data(event.sender.bytes)
            $0.deviceID = Data(event.device.bytes)
            $0.submissionID = Data(event.submission.bytes)
            guard case .messagePosted(let recipient, let text) = event.body else { return }
            $0.messagePosted = .with {
                $0.recipient = Data(recipient?.bytes ?? [])
                $0.content.text.text = String(decoding: text, as: UTF8.self)
            }
        }
    }

    @Test(arguments: ["", "h", "na\u{EF}ve \u{1F600}", String(repeating: "x", count: 4096)])
    func anEventHasTheGeneratedEncodersBytes(_ text: String) throws {
        for recipient in [Samples.bob, nil] {
            let event = event(text, recipient: recipient)
            let expected: [UInt8] = try generated(event).serializedBytes()
            #expect(event.encoded() == expected)
            #expect(try TimelineEvent(decoding: expected[...]) == event)
        }
    }

    @Test func anInboxRecordHasTheGeneratedEncodersBytes() throws {
        let event = event("hello")
        let origin = Origin(topicNumber: 1, partition: Partition(0), offset: Offset(0), index: 1)
        let expected: [UInt8] = try PBInboxRecord.with {
            $0.origin = origin.message
            $0.event = generated(event)
        }.serializedBytes()
        #expect(InboxCoding.event(event.encoded(), origin: origin) == expected)
    }

    @Test(arguments: [(0, 0), (5, 0), (700, 3)] as [(UInt64, UInt64)])
    func ticksHaveTheGeneratedEncodersBytes(_ delivered: UInt64, _ read: UInt64) throws {
        let origin = Samples.origin(99)
        let expected: [UInt8] = try PBInboxRecord.with {
            $0.origin = origin.message
            $0.ticks = .with {
                $0.accountID = Data(Samples.ada.bytes)
                $0.conversationID = Data(Samples.conversation.bytes)
                $0.deliveredSeq = delivered
                $0.readSeq = read
                $0.serverTimeMs = Samples.noon.milliseconds
            }
        }.serializedBytes()
        #expect(
            InboxCoding.ticks(
                account: Samples.ada,
                conversation: Samples.conversation,
                deliveredSeq: delivered,
                readSeq: read,
                serverTime: Samples.noon,
                origin: origin
            )
                == expected
        )
    }

    @Test func aRejectionHasTheGeneratedEncodersBytes() throws {
        let submission = Samples.post(4)
        let reason = RejectionReason.tooOld
        let expected: [UInt8] = try PBInboxRecord.with {
            $0.origin = Samples.origin(4).message
            $0.rejection = .with {
                $0.accountID = Data(submission.sender.bytes)
                $0.deviceID = Data(submission.device.bytes)
                $0.submissionID = Data(submission.id.bytes)
                $0.conversationID = Data(submission.conversation.bytes)
                $0.code = reason.code
                $0.detail = reason.detail
                $0.serverTimeMs = submission.serverTime.milliseconds
            }
        }.serializedBytes()
        #expect(
            InboxCoding.rejection(of: submission, reason, origin: Samples.origin(4)) == expected
        )
    }

    @Test func aSubmissionIsReadAsItWasWritten() throws {
        let bytes: [UInt8] = try PBSubmission.with {
            $0.submissionID = Data(Samples.post(1).id.bytes)
            $0.conversationID = Data(Samples.conversation.bytes)
            $0.conversationKind = .direct
            $0.sender = Data(Samples.ada.bytes)
            $0.deviceID = Data(Samples.device.bytes)
            $0.serverTimeMs = Samples.noon.milliseconds
            $0.clientTimeMs = 12
            $0.postMessage.recipient = Data(Samples.bob.bytes)
            $0.postMessage.content.text.text = "hello"
        }.serializedBytes()
        let submission = try Submission(decoding: bytes[...])
        #expect(submission.key == Samples.post(1).key)
        #expect(submission.kind == .direct)
        #expect(submission.device == Samples.device)
        #expect(submission.serverTime == Samples.noon)
        #expect(submission.clientTime.milliseconds == 12)
        guard case .postMessage(let recipient, let text) = submission.request else {
            Issue.record("no message")
            return
        }
        #expect(recipient == Samples.bob)
        #expect(String(decoding: text, as: UTF8.self) == "hello")
        // Cut anywhere, it is refused or lacks something, but never traps.
        for count in bytes.indices { _ = try? Submission(decoding: bytes[..<count]) }
    }

    @Test func damagedBytesNeverTrapAndNeverPassForMore() throws {
        var random = SeededRandom(seed: 42)
        let original = event("hello").encoded()
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            }
            guard let read = try? TimelineEvent(decoding: bytes[...]) else { continue }
            // What is accepted can be written and read again.
            if case .messagePosted = read.body {
                #expect(try TimelineEvent(decoding: read.encoded()[...]) == read)
            }
        }
    }

    @Test func textIsValidExactlyWhenTheStandardLibrarySaysSo() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<50_000 {
            let bytes = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                [0x41, 0x80, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xED, 0xF0, 0xF4, 0xF5, 0xFF][
                    Int.random(in: 0..<12, using: &random)
                ] as UInt8
            }
            let isText = (try? MessageText(bytes[...])) != nil
            #expect(isText == (String(validating: bytes, as: UTF8.self) != nil))
        }
    }
}
