import EventLog
import Events
import Foundation
import LogTail
import SwiftProtobuf
import Testing

@testable import Operator

/// A direct message's records, one after the other, as the services write them.
struct Story {
    let ada = AccountID(high: 1, low: 0xADA)
    let bob = AccountID(high: 2, low: 0xB0B)
    let phone = DeviceID(high: 0x018F_0000_0000_7000, low: 0x8000_0000_0000_0001)
    let tablet = DeviceID(high: 0x018F_0000_0000_7000, low: 0x8000_0000_0000_0002)
    let message = SubmissionID(high: 0x018F_0000_0000_7001, low: 0x8000_0000_0000_0003)
    let other = SubmissionID(high: 0x018F_0000_0000_7001, low: 0x8000_0000_0000_0004)
    var conversation: ConversationID { ConversationID(directBetween: ada, and: bob) }
    let start: Int64 = 1_709_294_400_000

    func record(
        _ topic: Topic,
        _ partition: Int32,
        _ offset: Int64,
        after milliseconds: Int64,
        _ message: some Message
    ) throws -> DecodedRecord {
        DecodedRecord(
            LogRecord(
                topicPartition: TopicPartition(topic, Partition(partition)),
                offset: Offset(offset),
                timestamp: Timestamp(milliseconds: start + milliseconds),
                key: conversation.bytes,
                value: try message.serializedBytes()
            )
        )
    }

    func submission(_ id: SubmissionID? = nil) -> PBSubmission {
        .with {
            $0.submissionID = .init((id ?? message).bytes)
            $0.conversationID = .init(conversation.bytes)
            $0.conversationKind = .direct
            $0.sender = .init(ada.bytes)
            $0.deviceID = .init(phone.bytes)
            $0.postMessage.recipient = .init(bob.bytes)
            $0.postMessage.content.text.text = "the text must not show"
        }
    }

    func event(seq: UInt64 = 12, _ id: SubmissionID? = nil) -> PBTimelineEvent {
        .with {
            $0.origin = Origin(topicNumber: 1, partition: Partition(3), offset: Offset(7)).message
            $0.submissionID = .init((id ?? message).bytes)
            $0.conversationID = .init(conversation.bytes)
            $0.conversationKind = .direct
            $0.seq = seq
            $0.messageCount = 9
            $0.sender = .init(ada.bytes)
            $0.messagePosted.recipient = .init(bob.bytes)
        }
    }

    func inbox(seq: UInt64 = 12) -> PBInboxRecord { .with { $0.event = event(seq: seq) } }

    func ticks(delivered: UInt64, read: UInt64) -> PBInboxRecord {
        .with {
            $0.ticks.accountID = .init(ada.bytes)
            $0.ticks.conversationID = .init(conversation.bytes)
            $0.ticks.deliveredSeq = delivered
            $0.ticks.readSeq = read
        }
    }

    func marks(_ device: DeviceID, delivered: UInt64, read: UInt64 = 0) -> PBReceipt {
        .with {
            $0.conversationID = .init(conversation.bytes)
            $0.accountID = .init(bob.bytes)
            $0.deviceID = .init(device.bytes)
            $0.marks.deliveredSeq = delivered
            $0.marks.readSeq = read
        }
    }

    /// From the submission to blue ticks, with other messages' records in between.
    func whole() throws -> [DecodedRecord] {
        [
            try record(.submissions, 3, 6, after: 0, submission(other)),
            try record(.submissions, 3, 7, after: 1, submission()),
            try record(.timeline, 3, 8, after: 3, event(seq: 11, other)),
            try record(.timeline, 3, 9, after: 4, event()),
            try record(.inbox, 1, 20, after: 4, inbox()),
            try record(.inbox, 2, 30, after: 5, inbox()),
            try record(.receipts, 3, 1, after: 8, marks(tablet, delivered: 11)),
            try record(.receipts, 3, 2, after: 9, marks(tablet, delivered: 12)),
            try record(.inbox, 1, 21, after: 10, ticks(delivered: 11, read: 0)),
            try record(.inbox, 1, 22, after: 11, ticks(delivered: 12, read: 0)),
            try record(.receipts, 3, 3, after: 500, marks(tablet, delivered: 13, read: 13)),
            try record(.inbox, 1, 23, after: 502, ticks(delivered: 13, read: 13)),
        ]
    }

    func life(_ records: [DecodedRecord]) -> MessageLife {
        var life = MessageLife(id: message)
        for record in records { life.take(record) }
        return life
    }
}

@Suite struct MessageLifeTests {
    private let story = Story()

    @Test func everyStepIsFoundOnceInOrder() throws {
        let life = story.life(try story.whole())
        #expect(
            life.inOrder.map(\.event) == [
                .submitted, .sequenced, .inInbox, .inInbox, .delivered, .deliveredTicks, .read,
                .readTicks,
            ]
        )
        #expect(
            life.inOrder.map { $0.time.milliseconds - story.start } == [
                1, 4, 4, 5, 9, 11, 500, 502,
            ]
        )
        #expect(life.inOrder.allSatisfy { $0.repetition == .none })
        #expect(life.seq == 12)
        #expect(life.isComplete)
        #expect(life.inOrder[4].device == story.tablet)
        #expect(life.inOrder[4].account == story.bob)
    }

    @Test func repetitionsAreShownAsSuch() throws {
        var records = try story.whole()
        records.insert(try story.record(.submissions, 3, 8, after: 2, story.submission()), at: 2)
        records.insert(try story.record(.timeline, 3, 10, after: 6, story.event()), at: 5)
        records.insert(try story.record(.inbox, 2, 31, after: 7, story.inbox()), at: 8)
        let life = story.life(records)
        let again = life.inOrder.filter { $0.repetition == .harmless }
        #expect(again.map(\.event) == [.submitted, .sequenced, .inInbox])
        #expect(!life.inOrder.contains { $0.repetition == .doubled })
    }

    @Test func aMessageAcceptedTwiceIsDoubled() throws {
        var records = try story.whole()
        records.append(try story.record(.timeline, 3, 11, after: 6, story.event(seq: 14)))
        #expect(story.life(records).inOrder.contains { $0.repetition == .doubled })
    }

    @Test func aRejectionEndsALife() throws {
        let rejection = PBInboxRecord.with {
            $0.rejection.submissionID = .init(story.message.bytes)
            $0.rejection.accountID = .init(story.ada.bytes)
            $0.rejection.code = "too_old"
        }
        let life = story.life([
            try story.record(.submissions, 3, 7, after: 0, story.submission()),
            try story.record(.inbox, 1, 3, after: 2, rejection),
        ])
        #expect(life.isComplete)
        #expect(life.inOrder.last?.code == "too_old")
        let findings = MessageExplorer.Findings(life: life)
        let lines = LifeReport(palette: Palette(isColoured: false), clock: LocalTime(zone: .gmt))
            .lines(findings)
        #expect(lines.last?.contains("+2 ms  rejected     inbox/1@3           too_old") == true)
    }

    @Test func aDeadLetterIsPartOfTheLife() throws {
        let letter = PBDeadLetter.with {
            $0.origin = Origin(topicNumber: 1, partition: Partition(3), offset: Offset(7)).message
            $0.consumer = "router"
            $0.code = "undecodable"
        }
        let life = story.life([
            try story.record(.submissions, 3, 7, after: 0, story.submission()),
            try story.record(.deadLetters, 0, 3, after: 2, letter),
        ])
        #expect(life.inOrder.map(\.event) == [.submitted, .deadLettered])
    }

    @Test func theReportNeverShowsTheText() throws {
        let findings = MessageExplorer.Findings(life: story.life(try story.whole()))
        let lines = LifeReport(palette: Palette(isColoured: true), clock: LocalTime(zone: .gmt))
            .lines(findings)
        let object = LifeReport.object(findings).text
        #expect(!(lines.joined() + object).contains("must not show"))
        #expect(lines.count == 9)
    }

    @Test func theObjectIsJSON() throws {
        let findings = MessageExplorer.Findings(life: story.life(try story.whole()), records: 12)
        let parsed = try JSONSerialization.jsonObject(
            with: Data(LifeReport.object(findings).text.utf8)
        )
        let object = try #require(parsed as? [String: Any])
        #expect(object["message_id"] as? String == story.message.description)
        #expect(object["seq"] as? Int == 12)
        let steps = try #require(object["steps"] as? [[String: Any]])
        #expect(steps.count == 8)
        #expect(steps[1]["after_ms"] as? Int == 3)
        #expect(steps[1]["topic"] as? String == "timeline")
    }

    @Test func whatIsMissingIsRemarked() throws {
        let records = try story.whole()
        func remarks(_ count: Int) -> [String] {
            LifeReport.remarks(.init(life: story.life(Array(records.prefix(count)))))
        }
        #expect(remarks(2) == ["not decided yet: is the router running?"])
        #expect(remarks(6) == ["not delivered yet"])
        #expect(remarks(10) == ["not read yet"])
        #expect(remarks(12) == [])
    }
}
