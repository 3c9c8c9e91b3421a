import Conversations
import Events
import Foundation

extension SubmissionKey {
    /// 48 bytes that order as the key does: id, sender, conversation.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(48)
        for word in [
            id.high, id.low, sender.high, sender.low, conversation.high, conversation.low,
        ] {
            withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Reads 48 bytes; `nil` for any other count.
    init?(_ data: Data) {
        guard data.count == 48 else { return nil }
        let words = data.withUnsafeBytes { bytes in
            (0..<6).map {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))
            }
        }
        self.init(
            id: SubmissionID(high: words[0], low: words[1]),
            sender: AccountID(high: words[2], low: words[3]),
            conversation: ConversationID(high: words[4], low: words[5])
        )
    }

    /// Below every key whose id's time is `milliseconds` or later.
    static func lowest(at milliseconds: Int64) -> SubmissionKey {
        SubmissionKey(
            id: SubmissionID(high: UInt64(clamping: milliseconds) << 16, low: 0),
            sender: AccountID(high: 0, low: 0),
            conversation: ConversationID(high: 0, low: 0)
        )
    }
}
