import Conversations
import Events

/// A record of the inbox, as much of it as an audit needs.
enum InboxEntry: Equatable {
    /// An event, a rejection or an account's record: there once, and just so.
    case caused(Origin, digest: Int)
    /// How far what an account sent has come.
    case ticks(AccountID, ConversationID, delivered: UInt64, read: UInt64)
    /// How far an account has read.
    case readMark(AccountID, ConversationID, seq: UInt64)
    /// Something of a later version.
    case unknown

    /// Reads a record's value.
    init(decoding value: [UInt8]) throws(ProtobufReader.Fault) {
        var origin: Origin?
        var isCaused = false
        var reader = ProtobufReader(value[...])
        while let tag = try reader.next() {
            switch tag.field {
            case 1: origin = try reader.origin(tag)
            case 2, 4, 8:
                isCaused = true
                try reader.skip(tag)
            case 3:
                self = try Self.ticks(try reader.slice(tag))
                return
            case 9:
                self = try Self.readMark(try reader.slice(tag))
                return
            default: try reader.skip(tag)
            }
        }
        guard isCaused else {
            self = .unknown
            return
        }
        guard let origin else { throw ProtobufReader.Fault(reason: "an origin is missing") }
        self = .caused(origin, digest: Self.digest(value))
    }

    /// What two records that differ do not have in common.
    static func digest(_ bytes: [UInt8]) -> Int {
        var hasher = Hasher()
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    private static func ticks(
        _ bytes: ArraySlice<UInt8>
    ) throws(ProtobufReader.Fault) -> InboxEntry {
        let (account, conversation, first, second) = try marks(bytes)
        return .ticks(account, conversation, delivered: first, read: second)
    }

    private static func readMark(
        _ bytes: ArraySlice<UInt8>
    ) throws(ProtobufReader.Fault) -> InboxEntry {
        let (account, conversation, seq, _) = try marks(bytes)
        return .readMark(account, conversation, seq: seq)
    }

    /// Both have account, conversation and a seq in the same places; ticks have another seq.
    private static func marks(
        _ bytes: ArraySlice<UInt8>
    ) throws(ProtobufReader.Fault) -> (AccountID, ConversationID, UInt64, UInt64) {
        var account: AccountID?
        var conversation: ConversationID?
        var seqs: (UInt64, UInt64) = (0, 0)
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: account = try reader.identifier(tag)
            case 2: conversation = try reader.identifier(tag)
            case 3: seqs.0 = try reader.varint(tag)
            case 4: seqs.1 = try reader.varint(tag)
            default: try reader.skip(tag)
            }
        }
        guard let account, let conversation else {
            throw ProtobufReader.Fault(reason: "an identifier is missing")
        }
        return (account, conversation, seqs.0, seqs.1)
    }
}
