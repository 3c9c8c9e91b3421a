import Conversations
import EventLog
import Events
import Foundation
import SwiftProtobuf

@testable import Receipts

/// What the two topics have of one group or channel.
struct GroupTopics {
    static let noon: Int64 = 1_790_000_000_000

    let conversation: ConversationID
    let kind: ConversationKind
    /// The records of `timeline`, from offset 0.
    private(set) var timeline: [LogRecord] = []
    /// The records of `receipts`, from offset 0.
    private(set) var receipts: [LogRecord] = []

    init(_ kind: ConversationKind = .group, low: UInt64 = 1) {
        self.kind = kind
        conversation = ConversationID(high: 0x6071, low: low)
    }

    /// The account of a number.
    static func account(_ number: Int) -> AccountID { AccountID(high: 0xACC, low: UInt64(number)) }

    /// The seq of the last event.
    var lastSeq: UInt64 { UInt64(timeline.count) }

    /// Both topics as they are now.
    var ends: Ends { Ends(timeline: Int64(timeline.count), receipts: Int64(receipts.count)) }

    /// Accounts come.
    mutating func join(_ numbers: some Sequence<Int>, by sender: Int = 0) {
        let accounts = numbers.map(Self.account)
        add(.acted(.addMembers(accounts)), by: sender, accounts.map { .init($0, .member) })
    }

    /// An account goes.
    mutating func leave(_ number: Int) {
        add(.acted(.leave), by: number, [.init(Self.account(number), nil)])
    }

    /// A message.
    mutating func post(by number: Int) {
        add(.messagePosted(MessagePost(text: [0x78])), by: number)
    }

    /// An event that is no message.
    mutating func act(by number: Int) {
        add(.acted(.react(SubmissionID(high: 1, low: 1), emoji: "x")), by: number)
    }

    private mutating func add(
        _ body: TimelineEvent.Body,
        by sender: Int,
        _ changes: [TimelineEvent.MemberChange] = []
    ) {
        let seq = lastSeq + 1
        let event = TimelineEvent(
            origin: Origin(topicNumber: 1, partition: Partition(0), offset: Offset(Int64(seq))),
            conversation: conversation,
            kind: kind,
            seq: seq,
            messageCount: seq,
            serverTime: Timestamp(milliseconds: Self.noon + Int64(seq)),
            clientTime: Timestamp(milliseconds: 0),
            sender: Self.account(sender),
            device: DeviceID(high: 1, low: 1),
            submission: SubmissionID(high: 1, low: seq),
            body: body,
            memberChanges: changes
        )
        timeline.append(Self.record(.timeline, timeline.count, event.encoded()))
    }

    /// Marks.
    mutating func mark(
        _ number: Int,
        delivered: UInt64 = 0,
        read: UInt64 = 0,
        isPrivate: Bool = false
    ) throws {
        let account = Data(Self.account(number).bytes)
        let value: [UInt8] = try PBReceipt.with {
            $0.conversationID = Data(conversation.bytes)
            $0.accountID = account
            $0.deviceID = account
            $0.serverTimeMs = Self.noon + Int64(receipts.count)
            $0.marks = .with {
                $0.deliveredSeq = delivered
                $0.readSeq = read
                $0.private = isPrivate
            }
        }.serializedBytes()
        receipts.append(Self.record(.receipts, receipts.count, value))
    }

    private static func record(_ topic: Topic, _ offset: Int, _ value: [UInt8]) -> LogRecord {
        LogRecord(
            topicPartition: TopicPartition(topic, Partition(0)),
            offset: Offset(Int64(offset)),
            timestamp: Timestamp(milliseconds: noon),
            key: nil,
            value: value
        )
    }
}
