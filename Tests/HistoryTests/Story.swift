import Accounts
import Conversations
import Events
import Stores

/// Somebody in a story.
struct Speaker: Sendable, Hashable {
    let account: AccountID
    let device: DeviceID

    init(_ number: UInt64) {
        account = AccountID(high: number, low: number)
        device = DeviceID(high: number, low: number + 100)
    }

    init(account: AccountID, device: DeviceID) {
        self.account = account
        self.device = device
    }

    static let ada = Speaker(0xADA)
    static let bob = Speaker(0xB0B)
    static let cleo = Speaker(0xC1E0)
    static let dan = Speaker(0xDA4)

    func conversation(with other: Speaker) -> ConversationID {
        ConversationID(directBetween: account, and: other.account)
    }
}

/// What persistence would have made of a log: conversations, numbered as the router numbers them.
struct Story {
    private(set) var batch = StoreBatch()
    private var seqs: [ConversationID: UInt64] = [:]
    private var count: Int64 = 0
    private var filter = OriginFilter()
    /// The time of the next event; each takes a second.
    var time = Timestamp(milliseconds: 1_767_225_600_000)

    @discardableResult
    mutating func post(
        _ text: String,
        from sender: Speaker,
        to recipient: Speaker,
        clientTime: Timestamp? = nil
    ) -> TimelineEvent {
        post(
            bytes: Array(MessageContent.encodedText(text.utf8)),
            from: sender,
            to: recipient,
            clientTime: clientTime
        )
    }

    @discardableResult
    mutating func post(
        bytes: [UInt8],
        from sender: Speaker,
        to recipient: Speaker,
        clientTime: Timestamp? = nil
    ) -> TimelineEvent {
        let origin = nextOrigin()
        let conversation = sender.conversation(with: recipient)
        let seq = (seqs[conversation] ?? 0) + 1
        seqs[conversation] = seq
        let event = TimelineEvent(
            origin: origin,
            conversation: conversation,
            kind: .direct,
            seq: seq,
            messageCount: seq,
            serverTime: time,
            clientTime: clientTime ?? Timestamp(milliseconds: 0),
            sender: sender.account,
            device: sender.device,
            submission: SubmissionID(high: 0x7000, low: UInt64(count)),
            body: .messagePosted(MessagePost(recipient: recipient.account, content: bytes[...]))
        )
        tell(event)
        time = time + .seconds(1)
        return event
    }

    /// Where the next event comes from.
    mutating func nextOrigin() -> Origin {
        count += 1
        return Origin(
            topicNumber: Topic.submissions.number,
            partition: Partition(0),
            offset: Offset(count)
        )
    }

    /// Tells what happened elsewhere, such as in a group.
    mutating func tell(_ event: TimelineEvent) {
        batch.events.append(event)
        let timeline = TopicPartition(.timeline, Partition(0))
        batch.positions[timeline] = event.origin.offset
        _ = filter.admit(event.origin)
        batch.filters[timeline] = filter
    }

    /// A mark in a group or a channel.
    mutating func mark(_ kind: ReceiptMark.Kind, _ event: TimelineEvent, by reader: Speaker) {
        count += 1
        batch.positions[TopicPartition(.receipts, Partition(0))] = Offset(count)
        batch.receipts.append(
            ReceiptMark(
                conversation: event.conversation,
                account: reader.account,
                kind: kind,
                seq: Int64(event.seq),
                time: time
            )
        )
        time = time + .seconds(1)
    }

    mutating func mark(
        _ kind: ReceiptMark.Kind,
        _ seq: Int64,
        by reader: Speaker,
        with other: Speaker
    ) {
        count += 1
        batch.receipts.append(
            ReceiptMark(
                conversation: reader.conversation(with: other),
                account: reader.account,
                kind: kind,
                seq: seq,
                time: time
            )
        )
        batch.positions[TopicPartition(.receipts, Partition(0))] = Offset(count)
        time = time + .seconds(1)
    }

    mutating func register(_ speaker: Speaker, name: String) {
        set(.registered(name: name), by: speaker)
    }

    /// Somebody changes something about himself.
    mutating func set(_ change: AccountChange, by speaker: Speaker) {
        count += 1
        batch.accounts.append(
            AccountEvent(
                account: speaker.account,
                device: speaker.device,
                serverTime: time,
                change: change
            )
        )
        batch.positions[TopicPartition(.accounts, Partition(0))] = Offset(count)
        time = time + .seconds(1)
    }

    /// What was told since the last time.
    mutating func take() -> StoreBatch {
        defer { batch = StoreBatch() }
        return batch
    }

    /// Cleo's first message to Bob, from a partition of its own.
    static func event(
        from partition: Partition,
        offset: Int64,
        at time: Timestamp
    ) -> TimelineEvent {
        let sender = Speaker.cleo
        let content = MessageContent.encodedText("late".utf8)
        return TimelineEvent(
            origin: Origin(
                topicNumber: Topic.submissions.number,
                partition: partition,
                offset: Offset(offset)
            ),
            conversation: sender.conversation(with: .bob),
            kind: .direct,
            seq: 1,
            messageCount: 1,
            serverTime: time,
            clientTime: time,
            sender: sender.account,
            device: sender.device,
            submission: SubmissionID(high: 0x7001, low: UInt64(offset)),
            body: .messagePosted(
                MessagePost(recipient: Speaker.bob.account, content: content[...])
            )
        )
    }
}
