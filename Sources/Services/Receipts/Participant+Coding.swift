import Conversations
import Events

/// The form in the database: a Protocol Buffers message, so that fields can be added.
///
///     1 account, unless the row names it · 2 delivered · 3 read · 4 mark_time · 5 ticked_delivered · 6 ticked_read
///     · 7 runs: 1 first · 2 last · 8 standing · 9 owed · 10 own_seq · 11 own_time · 12 own_told + 1
///
/// Before there was 12, what an account had read was public, and whoever was a member needs to be told none of it.
extension Participant {
    /// Reads a stored form; `account` is named by the row, or else in the form.
    init(
        decoding bytes: ArraySlice<UInt8>,
        account known: AccountID? = nil
    ) throws(ProtobufReader.Fault) {
        var account = known
        var numbers = [UInt64](repeating: 0, count: 13)
        var runs: [ClosedRange<UInt64>] = []
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: account = try reader.identifier(tag)
            case 2...6, 8...12: numbers[tag.field] = try reader.varint(tag)
            case 7:
                if let run = try Self.run(try reader.slice(tag)) { runs.append(run) }
            default: try reader.skip(tag)
            }
        }
        guard let account else { throw ProtobufReader.Fault(reason: "an account is missing") }
        self.init(account: account)
        standing = Standing(rawValue: numbers[8]) ?? .outside
        delivered = numbers[2]
        read = numbers[3]
        markTime = Int64(bitPattern: numbers[4])
        sent = SentRuns(runs: runs)
        tickedDelivered = numbers[5]
        tickedRead = numbers[6]
        isOwed = numbers[9] != 0
        own =
            numbers[12] == 0
            ? OwnRead(seq: read, time: markTime, told: standing == .outside ? 0 : read)
            : OwnRead(
                seq: numbers[10],
                time: Int64(bitPattern: numbers[11]),
                told: numbers[12] - 1
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

    /// The stored form, with or without the account.
    func encoded(withAccount: Bool) -> [UInt8] {
        var writer = ProtobufWriter(capacity: 96 + 24 * sent.runs.count)
        writer.identifier(1, withAccount ? account : nil)
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
        writer.varint(8, standing.rawValue)
        writer.varint(9, isOwed ? 1 : 0)
        writer.varint(10, own.seq)
        writer.int64(11, own.time)
        writer.varint(12, own.told + 1)
        return writer.bytes
    }
}
