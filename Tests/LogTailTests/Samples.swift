import EventLog
import Events
import SwiftProtobuf

@testable import LogTail

/// Records as the services write them.
enum Sample {
    static let ada = AccountID(high: 1, low: 0xADA)
    static let bob = AccountID(high: 2, low: 0xB0B)
    static let phone = DeviceID(high: 0x018F_0000_0000_7000, low: 0x8000_0000_0000_0001)
    static let conversation = ConversationID(directBetween: ada, and: bob)
    static let message = SubmissionID(high: 0x018F_0000_0000_7001, low: 0x8000_0000_0000_0002)
    static let time = Timestamp(milliseconds: 1_709_251_200_123)

    static func record(
        _ topic: Topic,
        _ message: some Message,
        partition: Int32 = 3,
        offset: Int64 = 17,
        at time: Timestamp = time
    ) throws -> LogRecord {
        let value: [UInt8] = try message.serializedBytes()
        return LogRecord(
            topicPartition: TopicPartition(topic, Partition(partition)),
            offset: Offset(offset),
            timestamp: time,
            key: conversation.bytes,
            value: value
        )
    }

    static func submission(_ text: String = "Hello there") -> PBSubmission {
        .with {
            $0.submissionID = .init(message.bytes)
            $0.conversationID = .init(conversation.bytes)
            $0.conversationKind = .direct
            $0.sender = .init(ada.bytes)
            $0.deviceID = .init(phone.bytes)
            $0.serverTimeMs = time.milliseconds
            $0.postMessage.recipient = .init(bob.bytes)
            $0.postMessage.content.text.text = text
        }
    }

    static func event(_ text: String = "Hello there", seq: UInt64 = 12) -> PBTimelineEvent {
        .with {
            $0.origin = Origin(topicNumber: 1, partition: Partition(3), offset: Offset(17)).message
            $0.conversationID = .init(conversation.bytes)
            $0.conversationKind = .direct
            $0.seq = seq
            $0.messageCount = 9
            $0.serverTimeMs = time.milliseconds
            $0.sender = .init(ada.bytes)
            $0.deviceID = .init(phone.bytes)
            $0.submissionID = .init(message.bytes)
            $0.messagePosted.recipient = .init(bob.bytes)
            $0.messagePosted.content.text.text = text
        }
    }
}
