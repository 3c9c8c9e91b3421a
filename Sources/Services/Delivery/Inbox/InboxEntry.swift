import Conversations
import Events
import Flow
import NIOCore

/// An entry of the inbox as devices are told it; immutable, so that all who get it share its bytes.
final class InboxEntry: Sendable {
    /// Whom an entry is for, in its partition.
    enum Scope: Equatable, Sendable {
        /// One account, or the two of a direct conversation.
        case pair(AccountID, AccountID?)
        /// The members of a group or a channel who may see the event of this seq.
        case members(ConversationID, UInt64)
    }

    let offset: Offset
    /// Whom it is for, unless `only` says so.
    let scope: Scope
    /// If there are any, it is for these accounts alone.
    let only: [AccountID]
    /// Who becomes a member by it.
    let joined: [AccountID]
    /// Who stops being a member by it.
    let left: [AccountID]
    /// Who did it, and so gets no mark for it; `nil` if nobody did.
    let sender: AccountID?
    /// What acknowledging it says; channels have no such marks.
    let mark: DevicePump.Mark?
    /// The earlier text that it takes away, if it does.
    let redaction: Redactions.Change?
    /// The record's value.
    let value: [UInt8]
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
        redactions: Redactions = Redactions(),
        isLocal: (AccountID) -> Bool
    ) {
        var only: [AccountID] = []
        switch message.body {
        case .event(let event):
            sender = event.sender
            mark =
                event.kind == .channel
                ? nil : DevicePump.Mark(conversation: event.conversation, seq: event.seq)
            only = message.only
            if event.kind != .direct {
                scope = .members(event.conversation, event.seq)
            } else if let first = only.first {
                scope = .pair(first, only.dropFirst().first)
            } else {
                guard let scope = Self.pair(event.sender, event.recipient, isLocal) else {
                    return nil
                }
                self.scope = scope
            }
        case .ticks(let ticks):
            guard isLocal(ticks.account) else { return nil }
            scope = .pair(ticks.account, nil)
            sender = nil
            mark = nil
        case .rejection(let rejection):
            guard isLocal(rejection.account) else { return nil }
            scope = .pair(rejection.account, nil)
            sender = nil
            mark = nil
        case .unknown:
            return nil
        }
        redaction = message.redaction
        guard
            let frame = ServerFrame.event(
                message,
                of: value,
                missing: redactions.isEmpty
                    ? nil : message.subject.flatMap { redactions.missing($0) },
                position: InboxPosition(epoch: epoch.number, offset: offset.next),
                epochText: epoch.text
            )
        else { return nil }
        self.value = value
        self.only = only
        joined = message.joined
        left = message.left
        self.offset = offset
        self.frame = frame
    }

    /// The same without its text, if that is not to be shown any more.
    func redacted(_ redactions: Redactions, epoch: InboxEpochText) -> InboxEntry {
        guard !redactions.isEmpty, let message = try? InboxMessage(value),
            let subject = message.subject, redactions.missing(subject) != nil
        else { return self }
        return InboxEntry(message, of: value, at: offset, epoch: epoch, redactions: redactions) {
            isLocal($0)
        } ?? self
    }

    /// Whether an account is one that the entry is for: all that is asked when it is made again.
    private func isLocal(_ account: AccountID) -> Bool {
        guard case .pair(let first, let second) = scope else { return true }
        return account == first || account == second
    }

    private static func pair(
        _ sender: AccountID,
        _ recipient: AccountID?,
        _ isLocal: (AccountID) -> Bool
    ) -> Scope? {
        let other = recipient.flatMap { $0 != sender && isLocal($0) ? $0 : nil }
        if isLocal(sender) { return .pair(sender, other) }
        return other.map { .pair($0, nil) }
    }

    /// Whether this account is told; `stays` are the account's.
    func concerns(_ account: AccountID, _ stays: [ConversationID: InboxMembers.Stays]) -> Bool {
        if !only.isEmpty { return only.contains(account) }
        switch scope {
        case .pair(let first, let second): return first == account || second == account
        case .members(let conversation, let seq): return stays[conversation]?.sees(seq) ?? false
        }
    }

    /// Whether somebody comes or goes by it.
    var changesMembers: Bool { !joined.isEmpty || !left.isEmpty }

    /// What this account's acknowledgement says to somebody else.
    func mark(for account: AccountID) -> DevicePump.Mark? { sender == account ? nil : mark }

    /// What the index finds it by: accounts, or the conversation.
    var scopes: [[UInt8]] {
        if !only.isEmpty { return only.map(\.bytes) }
        switch scope {
        case .pair(let first, let second): return [first.bytes] + (second.map { [$0.bytes] } ?? [])
        case .members(let conversation, _): return [conversation.bytes]
        }
    }

    /// What it costs to keep, about.
    var bytes: Int {
        frame.readableBytes + value.count + 200 + 16 * (only.count + joined.count + left.count)
    }
}

extension InboxMessage {
    /// The text that it shows, if it shows one.
    fileprivate var subject: Redactions.Subject? {
        guard case .event(let event) = body, event.isMessage || event.isDeletion == false else {
            return nil
        }
        return Redactions.Subject(
            conversation: event.conversation,
            messageSeq: event.isMessage ? event.seq : event.messageSeq,
            seq: event.seq,
            isWithheld: event.isWithheld
        )
    }

    /// The earlier text that it takes away, if it does.
    fileprivate var redaction: Redactions.Change? {
        guard case .event(let event) = body, let isDeletion = event.isDeletion else { return nil }
        return Redactions.Change(
            conversation: event.conversation,
            messageSeq: event.messageSeq,
            seq: event.seq,
            isDeletion: isDeletion,
            isWithheld: event.isWithheld
        )
    }
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
