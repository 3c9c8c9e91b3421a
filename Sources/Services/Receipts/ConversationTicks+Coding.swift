import Conversations
import Events

/// The form in the database: a Protocol Buffers message, so that fields can be added.
///
///     1 kind · 2 newest_account · 3 newest_time · 4 others_time · 5 participants, of a direct conversation · 6 last_seq
extension ConversationTicks {
    /// Whether each account has a row of its own: then a mark in a large group writes one of many.
    var hasRows: Bool { kind != .direct }

    /// Reads a stored form; `rows` are the accounts that have rows of their own.
    init(
        decoding bytes: ArraySlice<UInt8>,
        rows: (_ kind: ConversationKind?) throws -> [Participant]
    ) throws {
        var kind: ConversationKind?
        var newest: AccountID?
        var newestTime: Int64 = 0
        var othersTime: Int64 = 0
        var participants: [Participant] = []
        var lastSeq: UInt64 = 0
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: kind = ConversationKind(rawValue: Int(clamping: try reader.varint(tag)))
            case 2: newest = try reader.identifier(tag)
            case 3: newestTime = try reader.int64(tag)
            case 4: othersTime = try reader.int64(tag)
            case 5: participants.append(try Participant(decoding: try reader.slice(tag)))
            case 6: lastSeq = try reader.varint(tag)
            default: try reader.skip(tag)
            }
        }
        participants += try rows(kind)
        self.init(
            kind: kind,
            lastSeq: lastSeq > 0 ? lastSeq : Self.lastSeq(shownBy: participants),
            times: MarkTimes(newest: newest, newestTime: newestTime, othersTime: othersTime),
            participants: participants
        )
    }

    /// The last seq of which there is a trace: in what was stored before it was.
    private static func lastSeq(shownBy participants: [Participant]) -> UInt64 {
        participants.reduce(0) {
            max($0, $1.sent.runs.last?.upperBound ?? 0, $1.tickedDelivered)
        }
    }

    /// The stored form.
    func encoded() -> [UInt8] {
        var writer = ProtobufWriter(capacity: 192)
        writer.varint(1, UInt64(kind?.rawValue ?? 0))
        writer.identifier(2, times.newest)
        writer.int64(3, times.newestTime)
        writer.int64(4, times.othersTime)
        writer.varint(6, lastSeq)
        if !hasRows {
            for participant in participants {
                writer.slice(5, participant.encoded(withAccount: true)[...])
            }
        }
        return writer.bytes
    }
}
