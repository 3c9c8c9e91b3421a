import Accounts
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
    /// What it changes about what others may know of an account, if it does.
    let change: InboxAccounts.Change?
    /// Whether it is ticks that keep back what was read; `nil`: no ticks.
    let hidesReads: Bool?
    /// The message that it says something of, as far as that can be taken away.
    private let subject: Redactions.Subject?
    /// What of it is missing in the frame.
    private let missing: EventJSON.MissingContent?
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
        accounts: InboxAccounts = InboxAccounts(),
        isLocal: (AccountID) -> Bool
    ) {
        var only: [AccountID] = []
        var hidesReads: Bool?
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
        case .ticks, .rejection, .change, .readMark:
            guard let account = message.account, isLocal(account) else { return nil }
            scope = .pair(account, nil)
            sender = nil
            mark = nil
            if case .ticks = message.body { hidesReads = accounts.hidesReads(account) }
        case .unknown:
            return nil
        }
        redaction = message.redaction
        change = message.accountChange(of: value, isLocal)
        self.hidesReads = hidesReads
        subject = message.subject
        missing = redactions.isEmpty ? nil : subject.flatMap { redactions.missing($0) }
        guard
            let frame = ServerFrame.event(
                message,
                of: value,
                missing: missing,
                hidesReads: hidesReads ?? false,
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

    /// The same as it may be shown now: without a text that was taken away, or what an account is not told of others' reading any more.
    func shown(
        _ redactions: Redactions,
        _ accounts: InboxAccounts,
        epoch: InboxEpochText
    ) -> InboxEntry {
        guard let message = outdated(redactions, accounts) else { return self }
        return InboxEntry(
            message,
            of: value,
            at: offset,
            epoch: epoch,
            redactions: redactions,
            accounts: accounts
        ) {
            isLocal($0)
        } ?? self
    }

    /// What it says, if that is not what may be shown.
    private func outdated(_ redactions: Redactions, _ accounts: InboxAccounts) -> InboxMessage? {
        if let hidesReads {
            guard case .pair(let account, _) = scope, hidesReads != accounts.hidesReads(account)
            else { return nil }
            return try? InboxMessage(value)
        }
        guard !redactions.isEmpty, let subject, redactions.missing(subject) != missing else {
            return nil
        }
        return try? InboxMessage(value)
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
    func concerns(_ account: AccountID, _ stays: [ConversationID: Stays]) -> Bool {
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
    /// Whose devices it is for, if it is for those of one account.
    fileprivate var account: AccountID? {
        switch body {
        case .ticks(let ticks): ticks.account
        case .rejection(let rejection): rejection.account
        case .change(let change): change.account
        case .readMark(let mark): mark.account
        case .event, .unknown: nil
        }
    }

    /// What it changes about what others may know of an account of the partition, if it does.
    fileprivate func accountChange(
        of value: [UInt8],
        _ isLocal: (AccountID) -> Bool
    ) -> InboxAccounts.Change? {
        switch body {
        case .event(let event):
            guard let block = event.block, let origin, isLocal(event.sender) else { return nil }
            return .block(
                event.sender,
                block.account,
                InboxAccounts.Block(isBlocked: block.isBlocked, at: origin.offset)
            )
        case .change(let change):
            guard let origin,
                let event = try? AccountEvent(decoding: Array(value[change.range]))
            else { return nil }
            return InboxAccounts.Change(event, at: origin.offset)
        case .ticks, .readMark, .rejection, .unknown: return nil
        }
    }

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
