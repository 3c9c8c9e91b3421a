import Accounts
import Conversations
import EventLog
import Events
import Projections

/// What a record of `inbox` says, as far as push needs it.
enum InboxNews {
    /// Something happened in a direct conversation or a group.
    case event(InboxEvent)
    /// An account has read something.
    case read(InboxRead)
    /// Of no interest: what happens in channels, ticks, rejections, what an account changes about itself.
    case nothing

    /// Reads a record.
    ///
    /// - Throws: `PoisonRecord`.
    init(_ record: LogRecord) throws {
        var origin: Origin?
        var event: ArraySlice<UInt8>?
        var read: ArraySlice<UInt8>?
        var joined: [AccountID] = []
        var left: [AccountID] = []
        var only: [AccountID] = []
        try record.readFields { reader, tag throws(ProtobufReader.Fault) in
            switch tag.field {
            case 1: origin = try reader.origin(tag)
            case 2: event = try reader.slice(tag)
            case 5:
                if let account: AccountID = try reader.identifier(tag) { joined.append(account) }
            case 6: if let account: AccountID = try reader.identifier(tag) { left.append(account) }
            case 7: if let account: AccountID = try reader.identifier(tag) { only.append(account) }
            case 9: read = try reader.slice(tag)
            default: try reader.skip(tag)
            }
        }
        if let read {
            self = .read(try decoded { () throws(ProtobufReader.Fault) in try InboxRead(read) })
            return
        }
        guard let event else {
            self = .nothing
            return
        }
        let decoded = try decoded { () throws(ProtobufReader.Fault) in
            try TimelineEvent(decoding: event)
        }
        guard decoded.kind == .direct || decoded.kind == .group else {
            self = .nothing
            return
        }
        guard let origin else {
            throw PoisonRecord(code: "no_origin", detail: "an entry without an origin")
        }
        self = .event(
            InboxEvent(origin: origin, event: decoded, joined: joined, left: left, only: only)
        )
    }
}

/// An event, and whom of the partition it concerns.
struct InboxEvent {
    let origin: Origin
    let event: TimelineEvent
    /// Accounts of the partition that are members from it on.
    let joined: [AccountID]
    /// Accounts of the partition for which it is the last.
    let left: [AccountID]
    /// If there are any, only these are told.
    let only: [AccountID]

    /// Who of a group comes and goes by it.
    func memberChanges(at time: Timestamp) -> [GroupMembers.Change] {
        guard event.kind == .group else { return [] }
        func change(_ account: AccountID, _ left: Timestamp?) -> GroupMembers.Change {
            GroupMembers.Change(
                conversation: event.conversation,
                account: account,
                seq: event.seq,
                left: left
            )
        }
        return joined.map { change($0, nil) } + left.map { change($0, time) }
    }

    /// The seq of the message that it takes back for everyone, if it does.
    var takenBack: UInt64? {
        guard case .acted(.deleteMessage) = event.body, !event.isWithheld else { return nil }
        return event.messageSeq
    }

    /// Whom it notifies: of a message those who are told of it, of anything else who becomes a member by another's doing.
    ///
    /// `nil`: nobody. `isLocal` says whether an account belongs to the partition.
    func audience(isLocal: (AccountID) -> Bool) -> WaitingPost.Audience? {
        guard !event.isWithheld else { return nil }
        guard case .messagePosted(let post) = event.body else {
            return named(event.kind == .group ? joined : [])
        }
        if !only.isEmpty { return named(only) }
        if event.kind == .group { return .members }
        // The partition may be the sender's alone.
        return named([post.recipient].compactMap { $0 }.filter(isLocal))
    }

    private func named(_ accounts: [AccountID]) -> WaitingPost.Audience? {
        let others = Set(accounts).subtracting([event.sender])
        return others.isEmpty ? nil : .accounts(others.sorted())
    }
}

/// How far an account has read a conversation.
struct InboxRead {
    let account: AccountID
    let conversation: ConversationID
    let seq: UInt64

    fileprivate init(_ bytes: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        var account: AccountID?
        var conversation: ConversationID?
        var seq: UInt64 = 0
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: account = try reader.identifier(tag)
            case 2: conversation = try reader.identifier(tag)
            case 3: seq = try reader.varint(tag)
            default: try reader.skip(tag)
            }
        }
        guard let account, let conversation else {
            throw ProtobufReader.Fault(reason: "an identifier is missing")
        }
        (self.account, self.conversation, self.seq) = (account, conversation, seq)
    }
}

extension SessionChange {
    /// Reads a record of `sessions`.
    ///
    /// - Throws: `PoisonRecord`.
    init(_ record: LogRecord) throws {
        var account: AccountID?
        var device: DeviceID?
        var session: SessionID?
        var acknowledged: Int64 = 0
        var kind = Kind.progressed
        try record.readFields { reader, tag throws(ProtobufReader.Fault) in
            switch tag.field {
            case 1: account = try reader.identifier(tag)
            case 2: device = try reader.identifier(tag)
            case 5: session = try reader.identifier(tag)
            case 6: acknowledged = try reader.int64(tag)
            case 16, 17:
                kind = tag.field == 16 ? .connected : .disconnected
                try reader.skip(tag)
            default: try reader.skip(tag)
            }
        }
        guard let account, let device, let session else {
            throw PoisonRecord(code: "undecodable", detail: "an identifier is missing")
        }
        self.init(
            account: account,
            device: device,
            session: session,
            kind: kind,
            acknowledged: Offset(acknowledged)
        )
    }
}

extension AccountEvent {
    /// Reads a record of `accounts`.
    ///
    /// - Throws: `PoisonRecord`.
    init(_ record: LogRecord) throws {
        guard let value = record.value else {
            throw PoisonRecord(code: "tombstone", detail: "a record without a value")
        }
        do throws(Malformed) {
            try self.init(decoding: value)
        } catch {
            throw PoisonRecord(code: "undecodable", detail: error.reason)
        }
    }
}

extension LogRecord {
    /// Passes the value's fields one by one.
    fileprivate func readFields(
        _ body: (inout ProtobufReader, ProtobufReader.Tag) throws(ProtobufReader.Fault) -> Void
    ) throws {
        guard let value else {
            throw PoisonRecord(code: "tombstone", detail: "a record without a value")
        }
        try decoded { () throws(ProtobufReader.Fault) in
            var reader = ProtobufReader(value[...])
            while let tag = try reader.next() { try body(&reader, tag) }
        }
    }
}

/// What `body` returns, its fault as that of a record that can't be processed, now or ever.
private func decoded<Result>(
    _ body: () throws(ProtobufReader.Fault) -> Result
) throws -> Result {
    do throws(ProtobufReader.Fault) {
        return try body()
    } catch {
        throw PoisonRecord(code: "undecodable", detail: error.reason)
    }
}
