import Events
import Flow
import NIOCore

/// An entry of the inbox as devices are told it; immutable, so that all who get it share its bytes.
final class InboxEntry: Sendable {
    let offset: Offset
    /// Whom it is for, in this partition: one account, or the two of a direct conversation.
    let first: AccountID
    let second: AccountID?
    /// Who wrote the message, and so gets no mark for it; `nil` if it is no message.
    let sender: AccountID?
    /// What acknowledging it says.
    let mark: DevicePump.Mark?
    /// The whole WebSocket frame.
    let frame: ByteBuffer

    /// An entry of a decoded record; `nil` if nobody in the partition is told of it.
    ///
    /// `isLocal` says whether an account belongs to the partition.
    init?(
        _ message: InboxMessage,
        of value: [UInt8],
        at offset: Offset,
        epoch: InboxEpochText,
        isLocal: (AccountID) -> Bool
    ) {
        let one: AccountID
        var other: AccountID?
        switch message.body {
        case .event(let event):
            one = event.sender
            other = event.recipient == event.sender ? nil : event.recipient
            sender = event.sender
            mark = DevicePump.Mark(conversation: event.conversation, seq: event.seq)
        case .ticks(let ticks):
            one = ticks.account
            sender = nil
            mark = nil
        case .rejection(let rejection):
            one = rejection.account
            sender = nil
            mark = nil
        case .unknown:
            return nil
        }
        if let second = other, !isLocal(second) { other = nil }
        let isOneLocal = isLocal(one)
        guard let first = isOneLocal ? one : other,
            let frame = ServerFrame.event(
                message,
                of: value,
                position: InboxPosition(epoch: epoch.number, offset: offset.next),
                epochText: epoch.text
            )
        else { return nil }
        self.second = isOneLocal ? other : nil
        self.first = first
        self.offset = offset
        self.frame = frame
    }

    /// Whether this account is told.
    func concerns(_ account: AccountID) -> Bool { first == account || second == account }

    /// What this account's acknowledgement says to somebody else.
    func mark(for account: AccountID) -> DevicePump.Mark? { sender == account ? nil : mark }

    /// What it costs to keep, about.
    var bytes: Int { frame.readableBytes + 200 }
}

/// The epoch of the inbox, with the text that it has in positions.
struct InboxEpochText: Hashable, Sendable {
    let number: UInt64
    let text: String

    init(_ number: UInt64) {
        self.number = number
        text = String(number, radix: 36)
    }
}
