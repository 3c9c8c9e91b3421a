import Events
import Stores

/// What archiving needs to know of a row.
struct ArchivedEvent {
    let conversation: ConversationID
    let seq: Int64
    let messageCount: Int64
    let serverTime: Timestamp

    /// Reads a row of `events`; `nil` if it is none.
    init?(_ row: StoreRow) {
        typealias Column = ArchiveLine.Column
        guard row.table == .events, row.values.count == Column.allCases.count,
            case .bytes(let bytes) = row.values[Column.conversation.rawValue],
            let conversation = ConversationID(bytes: bytes),
            case .integer(let seq) = row.values[Column.seq.rawValue],
            case .integer(let messageCount) = row.values[Column.messageCount.rawValue],
            case .integer(let serverTime) = row.values[Column.serverTime.rawValue]
        else { return nil }
        self.conversation = conversation
        self.seq = seq
        self.messageCount = messageCount
        self.serverTime = Timestamp(milliseconds: serverTime)
    }
}
