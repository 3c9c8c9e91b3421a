import Conversations
import Events
import Stores

@testable import Archives

/// Accounts that write to one another, as the router would number it.
struct Script {
    static let ada = AccountID(high: 0xADA, low: 1)

    private(set) var batch = StoreBatch()
    private var places: [ConversationID: (seq: UInt64, messages: UInt64)] = [:]
    private var count: Int64 = 0

    static func other(_ number: UInt64) -> AccountID { AccountID(high: 0xB0B, low: number) }

    static func conversation(with number: UInt64) -> ConversationID {
        ConversationID(directBetween: ada, and: other(number))
    }

    /// Somebody writes to Ada.
    @discardableResult
    mutating func post(
        _ text: String,
        with number: UInt64,
        at time: Timestamp
    ) -> TimelineEvent {
        let post = MessagePost(recipient: Self.ada, text: Array(text.utf8))
        return add(.messagePosted(post), with: number, at: time)
    }

    /// He changes what he wrote.
    mutating func edit(
        _ event: TimelineEvent,
        _ text: String,
        with number: UInt64,
        at time: Timestamp
    ) {
        let content = MessageContent.encodedText(text.utf8)
        add(
            .acted(.editMessage(event.submission, content: content)),
            with: number,
            at: time,
            about: event.seq
        )
    }

    @discardableResult
    private mutating func add(
        _ body: TimelineEvent.Body,
        with number: UInt64,
        at time: Timestamp,
        about messageSeq: UInt64 = 0
    ) -> TimelineEvent {
        count += 1
        let conversation = Self.conversation(with: number)
        var place = places[conversation] ?? (0, 0)
        place.seq += 1
        if case .messagePosted = body { place.messages += 1 }
        places[conversation] = place
        let sender = Self.other(number)
        let event = TimelineEvent(
            origin: Origin(
                topicNumber: Topic.submissions.number,
                partition: Partition(0),
                offset: Offset(count)
            ),
            conversation: conversation,
            kind: .direct,
            seq: place.seq,
            messageCount: place.messages,
            serverTime: time,
            clientTime: time,
            sender: sender,
            device: DeviceID(high: sender.high, low: sender.low),
            submission: SubmissionID(
                high: UInt64(time.milliseconds) << 16 | 0x7000,
                low: 0x8000_0000_0000_0000 | UInt64(count)
            ),
            body: body,
            messageSeq: messageSeq
        )
        batch.events.append(event)
        batch.positions[TopicPartition(.timeline, Partition(0))] = Offset(count)
        return event
    }

    /// What was written since the last time.
    mutating func take() -> StoreBatch {
        defer { batch = StoreBatch() }
        return batch
    }
}
