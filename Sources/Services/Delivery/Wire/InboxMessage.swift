import Accounts
import Conversations
import Events

/// A record of the inbox, with ranges into its bytes for what has content.
struct InboxMessage {
    /// An event of a conversation; what a text message has is read here, of all others only what says whom it is for.
    struct Event {
        /// Where the event itself lies.
        var range: Range<Int> = 0..<0
        var conversation = ConversationID(high: 0, low: 0)
        var kind = ConversationKind.direct
        var seq: UInt64 = 0
        var messageCount: UInt64 = 0
        var serverTime = Timestamp(milliseconds: 0)
        var clientTime = Timestamp(milliseconds: 0)
        var sender = AccountID(high: 0, low: 0)
        var submission = SubmissionID(high: 0, low: 0)
        var recipient: AccountID?
        var isMessage = false
        var isAction = false
        /// Whether the action edits a message, or takes one back; `nil`: neither.
        var isDeletion: Bool?
        /// The message that an action is about.
        var messageSeq: UInt64 = 0
        /// It is told to nobody but the sender.
        var isWithheld = false
        /// Whom the sender blocks by it, or no longer.
        var block: Block?
        var hasText = false
        var text: Range<Int> = 0..<0
        /// Whether there is nothing to it but a text.
        var isPlain = true
    }

    struct Block {
        var account = AccountID(high: 0, low: 0)
        var isBlocked = false
    }

    /// What an account changed about itself, and its devices are told.
    struct Change {
        var account = AccountID(high: 0, low: 0)
        /// Where the account's record lies.
        var range: Range<Int> = 0..<0
    }

    struct ReadMark {
        var account = AccountID(high: 0, low: 0)
        var conversation = ConversationID(high: 0, low: 0)
        var seq: UInt64 = 0
    }

    struct Ticks {
        var account = AccountID(high: 0, low: 0)
        var conversation = ConversationID(high: 0, low: 0)
        var deliveredSeq: UInt64 = 0
        var readSeq: UInt64 = 0
    }

    struct Rejection {
        var account = AccountID(high: 0, low: 0)
        var submission = SubmissionID(high: 0, low: 0)
        var conversation: ConversationID?
        var code: Range<Int> = 0..<0
        var detail: Range<Int> = 0..<0
    }

    enum Body {
        case event(Event)
        case ticks(Ticks)
        case rejection(Rejection)
        case change(Change)
        case readMark(ReadMark)
        /// Of a later version: nobody is told.
        case unknown
    }

    var origin: Origin?
    var body = Body.unknown
    /// Accounts of the partition that are members from this event on.
    var joined: [AccountID] = []
    /// Accounts of the partition for which this event is the last.
    var left: [AccountID] = []
    /// If there are any, only these accounts are told.
    var only: [AccountID] = []

    /// Reads a record's value.
    init(_ value: [UInt8]) throws(ProtobufReader.Malformed) {
        self = try value.withUnsafeBufferPointer { (bytes) throws(ProtobufReader.Malformed) in
            try Self(reading: bytes)
        }
    }

    private init(
        reading bytes: UnsafeBufferPointer<UInt8>
    ) throws(ProtobufReader.Malformed) {
        var reader = ProtobufReader(bytes)
        while let (number, field) = try reader.next() {
            guard case .bytes(let range) = field else { continue }
            switch number {
            case 1: origin = try Self.origin(bytes, range)
            case 2: body = try Self.event(bytes, range)
            case 3: body = try Self.ticks(bytes, range)
            case 4: body = try Self.rejection(bytes, range)
            case 5: joined.append(try Self.id(bytes, range))
            case 6: left.append(try Self.id(bytes, range))
            case 7: only.append(try Self.id(bytes, range))
            case 8: body = try Self.change(bytes, range)
            case 9: body = try Self.readMark(bytes, range)
            default: continue
            }
        }
    }

    private static func origin(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>
    ) throws(ProtobufReader.Malformed) -> Origin {
        var reader = ProtobufReader(bytes, range)
        var parts: (topic: UInt64, partition: UInt64, offset: UInt64, index: UInt64) = (0, 0, 0, 0)
        while let (number, field) = try reader.next() {
            guard case .varint(let value) = field else { continue }
            switch number {
            case 1: parts.topic = value
            case 2: parts.partition = value
            case 3: parts.offset = value
            case 4: parts.index = value
            default: continue
            }
        }
        return Origin(
            topicNumber: UInt32(truncatingIfNeeded: parts.topic),
            partition: Partition(Int32(truncatingIfNeeded: parts.partition)),
            offset: Offset(Int64(bitPattern: parts.offset)),
            index: UInt32(truncatingIfNeeded: parts.index)
        )
    }

    private static func event(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>
    ) throws(ProtobufReader.Malformed) -> Body {
        var reader = ProtobufReader(bytes, range)
        var event = Event()
        var kind: ConversationKind?
        event.range = range
        while let (number, field) = try reader.next() {
            switch (number, field) {
            case (2, .bytes(let range)): event.conversation = try id(bytes, range)
            case (3, .varint(let value)): kind = ConversationKind(rawValue: Int(clamping: value))
            case (4, .varint(let seq)): event.seq = seq
            case (5, .varint(let count)): event.messageCount = count
            case (6, .varint(let time)): event.serverTime = timestamp(time)
            case (7, .varint(let time)): event.clientTime = timestamp(time)
            case (8, .bytes(let range)): event.sender = try id(bytes, range)
            case (10, .bytes(let range)): event.submission = try id(bytes, range)
            case (16, .bytes(let range)): try message(bytes, range, &event)
            case (17, .bytes(let range)):
                event.isAction = true
                event.isPlain = false
                try action(bytes, range, &event)
            case (19, .varint(let seq)): event.messageSeq = seq
            case (20, .varint(let value)): event.isWithheld = value != 0
            default: continue
            }
        }
        guard let kind, event.isMessage || event.isAction else { return .unknown }
        event.kind = kind
        return .event(event)
    }

    private static func action(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>,
        _ event: inout Event
    ) throws(ProtobufReader.Malformed) {
        var reader = ProtobufReader(bytes, range)
        guard let (number, field) = try reader.next() else { return }
        event.isDeletion = number == 15 ? true : number == 14 ? false : nil
        guard number == 20, case .bytes(let range) = field else { return }
        var block = Block()
        var fields = ProtobufReader(bytes, range)
        while let (number, field) = try fields.next() {
            switch (number, field) {
            case (1, .varint(let value)): block.isBlocked = value != 0
            case (2, .bytes(let range)): block.account = try id(bytes, range)
            default: continue
            }
        }
        event.block = block
    }

    private static func change(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>
    ) throws(ProtobufReader.Malformed) -> Body {
        // Rare enough to be decoded whole: what can't be is a poison here already.
        guard let event = try? AccountEvent(decoding: Array(bytes[range])) else {
            throw ProtobufReader.Malformed()
        }
        guard AccountEventJSON.kind(of: event.change) != nil else { return .unknown }
        return .change(Change(account: event.account, range: range))
    }

    private static func readMark(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>
    ) throws(ProtobufReader.Malformed) -> Body {
        var reader = ProtobufReader(bytes, range)
        var mark = ReadMark()
        while let (number, field) = try reader.next() {
            switch (number, field) {
            case (1, .bytes(let range)): mark.account = try id(bytes, range)
            case (2, .bytes(let range)): mark.conversation = try id(bytes, range)
            case (3, .varint(let seq)): mark.seq = seq
            default: continue
            }
        }
        return .readMark(mark)
    }

    private static func message(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>,
        _ event: inout Event
    ) throws(ProtobufReader.Malformed) {
        event.isMessage = true
        var reader = ProtobufReader(bytes, range)
        while let (number, field) = try reader.next() {
            if number > 2 { event.isPlain = false }
            guard case .bytes(let range) = field else { continue }
            if number == 1, !range.isEmpty { event.recipient = try id(bytes, range) }
            guard number == 2 else { continue }
            var content = ProtobufReader(bytes, range)
            while let (number, field) = try content.next() {
                guard number == 1, case .bytes(let range) = field else { continue }
                event.hasText = true
                var text = ProtobufReader(bytes, range)
                while let (number, field) = try text.next() {
                    guard number == 1, case .bytes(let range) = field else { continue }
                    event.text = try utf8(bytes, range)
                }
            }
        }
    }

    private static func ticks(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>
    ) throws(ProtobufReader.Malformed) -> Body {
        var reader = ProtobufReader(bytes, range)
        var ticks = Ticks()
        while let (number, field) = try reader.next() {
            switch (number, field) {
            case (1, .bytes(let range)): ticks.account = try id(bytes, range)
            case (2, .bytes(let range)): ticks.conversation = try id(bytes, range)
            case (3, .varint(let seq)): ticks.deliveredSeq = seq
            case (4, .varint(let seq)): ticks.readSeq = seq
            default: continue
            }
        }
        return .ticks(ticks)
    }

    private static func rejection(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>
    ) throws(ProtobufReader.Malformed) -> Body {
        var reader = ProtobufReader(bytes, range)
        var rejection = Rejection()
        while let (number, field) = try reader.next() {
            switch (number, field) {
            case (1, .bytes(let range)): rejection.account = try id(bytes, range)
            case (3, .bytes(let range)): rejection.submission = try id(bytes, range)
            case (4, .bytes(let range)) where !range.isEmpty:
                rejection.conversation = try id(bytes, range)
            case (5, .bytes(let range)): rejection.code = try utf8(bytes, range)
            case (6, .bytes(let range)): rejection.detail = try utf8(bytes, range)
            default: continue
            }
        }
        return .rejection(rejection)
    }

    private static func timestamp(_ value: UInt64) -> Timestamp {
        Timestamp(milliseconds: Int64(bitPattern: value))
    }

    private static func id<Kind>(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>
    ) throws(ProtobufReader.Malformed) -> Identifier<Kind> {
        guard range.count == 16 else { throw ProtobufReader.Malformed() }
        let raw = UnsafeRawBufferPointer(bytes)
        return Identifier(
            high: UInt64(
                bigEndian: raw.loadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self)
            ),
            low: UInt64(
                bigEndian: raw.loadUnaligned(
                    fromByteOffset: range.lowerBound + 8,
                    as: UInt64.self
                )
            )
        )
    }

    private static func utf8(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>
    ) throws(ProtobufReader.Malformed) -> Range<Int> {
        let slice = bytes[range]
        guard slice.allSatisfy({ $0 < 0x80 }) || String(validating: slice, as: UTF8.self) != nil
        else { throw ProtobufReader.Malformed() }
        return range
    }
}
