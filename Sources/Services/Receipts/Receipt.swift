import Conversations
import Events

/// A device's marks in a conversation, as read from `receipts`.
struct Receipt: Equatable {
    var conversation: ConversationID
    var account: AccountID
    var serverTime: Timestamp
    /// The device has everything up to here; 0 says nothing.
    var delivered: UInt64
    /// Its person has seen everything up to here; 0 says nothing.
    var read: UInt64
    /// Whether others may not know what it has read.
    var isPrivate = false
}

extension Receipt {
    /// Reads a value of `receipts`.
    init(decoding bytes: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        var conversation: ConversationID?
        var account: AccountID?
        var serverTime: Int64 = 0
        var delivered: UInt64 = 0
        var read: UInt64 = 0
        var isPrivate = false
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: conversation = try reader.identifier(tag)
            case 2: account = try reader.identifier(tag)
            case 4: serverTime = try reader.int64(tag)
            case 16:
                var marks = ProtobufReader(try reader.slice(tag))
                while let tag = try marks.next() {
                    switch tag.field {
                    case 1: delivered = try marks.varint(tag)
                    case 2: read = try marks.varint(tag)
                    case 3: isPrivate = try marks.varint(tag) != 0
                    default: try marks.skip(tag)
                    }
                }
            default: try reader.skip(tag)
            }
        }
        guard let conversation, let account else {
            throw ProtobufReader.Fault(reason: "an identifier is missing")
        }
        self.init(
            conversation: conversation,
            account: account,
            serverTime: Timestamp(milliseconds: serverTime),
            delivered: delivered,
            read: read,
            isPrivate: isPrivate
        )
    }
}
