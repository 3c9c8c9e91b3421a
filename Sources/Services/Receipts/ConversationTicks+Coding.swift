import Conversations
import Events

/// The form in the database: a Protocol Buffers message, so that fields can be added.
///
///     1 last_seq · 2 members · 3 held: 1 account · 2 delivered · 3 read · 4 mark_time
///     · 5 ticked_delivered · 6 ticked_read · 7 runs: 1 first · 2 last
extension ConversationTicks {
    init(decoding bytes: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: lastSeq = try reader.varint(tag)
            case 2: members.append(try Member(decoding: try reader.slice(tag)))
            case 3: held.append(try Member(decoding: try reader.slice(tag)))
            default: try reader.skip(tag)
            }
        }
    }

    func encoded() -> [UInt8] {
        var writer = ProtobufWriter(capacity: 160)
        writer.varint(1, lastSeq)
        for member in members { writer.slice(2, member.encoded()[...]) }
        for member in held { writer.slice(3, member.encoded()[...]) }
        return writer.bytes
    }
}

extension ConversationTicks.Member {
    init(decoding bytes: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        var account: AccountID?
        var numbers = [UInt64](repeating: 0, count: 7)
        var runs: [ClosedRange<UInt64>] = []
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: account = try reader.identifier(tag)
            case 2...6: numbers[tag.field] = try reader.varint(tag)
            case 7:
                if let run = try Self.run(try reader.slice(tag)) { runs.append(run) }
            default: try reader.skip(tag)
            }
        }
        guard let account else { throw ProtobufReader.Fault(reason: "an account is missing") }
        self.init(
            account: account,
            delivered: numbers[2],
            read: numbers[3],
            markTime: Int64(bitPattern: numbers[4]),
            sent: SentRuns(runs: runs),
            tickedDelivered: numbers[5],
            tickedRead: numbers[6]
        )
    }

    private static func run(
        _ bytes: ArraySlice<UInt8>
    ) throws(ProtobufReader.Fault)
        -> ClosedRange<UInt64>?
    {
        var first: UInt64 = 0
        var last: UInt64 = 0
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: first = try reader.varint(tag)
            case 2: last = try reader.varint(tag)
            default: try reader.skip(tag)
            }
        }
        return first <= last ? first...last : nil
    }

    func encoded() -> [UInt8] {
        var writer = ProtobufWriter(capacity: 64 + 24 * sent.runs.count)
        writer.identifier(1, account)
        writer.varint(2, delivered)
        writer.varint(3, read)
        writer.int64(4, markTime)
        writer.varint(5, tickedDelivered)
        writer.varint(6, tickedRead)
        for run in sent.runs {
            writer.header(
                7,
                count: ProtobufSize.varint(1, run.lowerBound)
                    + ProtobufSize.varint(2, run.upperBound)
            )
            writer.varint(1, run.lowerBound)
            writer.varint(2, run.upperBound)
        }
        return writer.bytes
    }
}
