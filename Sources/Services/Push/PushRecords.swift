import Conversations
import EventLog
import Events
import Projections

/// A message in a record of `inbox`: what push needs of it.
struct InboxPost {
    let origin: Origin
    let id: SubmissionID
    let conversation: ConversationID
    let sender: AccountID
    let recipient: AccountID

    /// Reads a record; `nil` if it is not a direct message.
    ///
    /// - Throws: `PoisonRecord`.
    init?(_ record: LogRecord) throws {
        var origin: Origin?
        var event: ArraySlice<UInt8>?
        try record.readFields { reader, tag throws(ProtobufReader.Fault) in
            switch tag.field {
            case 1: origin = try reader.origin(tag)
            case 2: event = try reader.slice(tag)
            default: try reader.skip(tag)
            }
        }
        guard let event else { return nil }
        let message = try decoded { () throws(ProtobufReader.Fault) in
            try TimelineEvent(decoding: event)
        }
        guard case .messagePosted(let post) = message.body, let recipient = post.recipient,
            !message.isWithheld
        else { return nil }
        guard let origin else {
            throw PoisonRecord(code: "no_origin", detail: "an entry without an origin")
        }
        self.origin = origin
        self.id = message.submission
        self.conversation = message.conversation
        self.sender = message.sender
        self.recipient = recipient
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

extension LogRecord {
    /// The device that a record of `accounts` adds, if it does.
    ///
    /// - Throws: `PoisonRecord`.
    func addedDevice() throws -> (AccountID, DeviceID)? {
        var account: AccountID?
        var added: ArraySlice<UInt8>?
        try readFields { reader, tag throws(ProtobufReader.Fault) in
            switch tag.field {
            case 1: account = try reader.identifier(tag)
            case 17: added = try reader.slice(tag)
            default: try reader.skip(tag)
            }
        }
        guard let added else { return nil }
        let device = try decoded { () throws(ProtobufReader.Fault) -> DeviceID? in
            var reader = ProtobufReader(added)
            var device: DeviceID?
            while let tag = try reader.next() {
                if tag.field == 1 {
                    device = try reader.identifier(tag)
                } else {
                    try reader.skip(tag)
                }
            }
            return device
        }
        guard let account, let device else {
            throw PoisonRecord(code: "undecodable", detail: "an identifier is missing")
        }
        return (account, device)
    }

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
