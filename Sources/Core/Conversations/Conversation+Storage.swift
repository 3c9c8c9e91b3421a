public import Events

/// The form in which the router stores a conversation: Protocol Buffers messages, so that fields can be added.
///
///     1 kind · 2 last_seq · 3 message_count · 4 last_server_time_ms · 5 settings: 1 post_from · 2 edit_profile_from
///     · 3 add_from · 4 disappear_after_s · 6 banned · 7 waiting · 8 invites: 1 secret · 2 expires_at_ms · 3 uses_max
///     · 4 needs_approval · 5 uses · 9 pins · 10 blockers · 11 the accounts of a direct conversation · 12 its disappear_after_s
///
/// Members of groups and channels are stored apart, one by one.
extension Conversation {
    /// Everything but the members of a group or a channel.
    public func encodedState() -> [UInt8] {
        var writer = ProtobufWriter(capacity: 96)
        writer.varint(1, UInt64(kind?.rawValue ?? 0))
        writer.varint(2, lastSeq)
        writer.varint(3, messageCount)
        writer.int64(4, lastServerTime.milliseconds)
        if kind == .direct {
            writer.varint(12, UInt64(settings.disappearAfterSeconds))
            for account in blockers.sorted() { writer.identifier(10, account) }
            for account in members.all.keys.sorted() { writer.identifier(11, account) }
            for message in pins { writer.identifier(9, message) }
            return writer.bytes
        }
        writer.slice(5, settings.encoded()[...])
        for account in banned.sorted() { writer.identifier(6, account) }
        for account in waiting.sorted() { writer.identifier(7, account) }
        for (secret, invite) in invites.sorted(by: { $0.key < $1.key }) {
            writer.slice(8, invite.encoded(secret)[...])
        }
        for message in pins { writer.identifier(9, message) }
        return writer.bytes
    }

    /// A conversation as it was stored; `members` are those of a group or a channel.
    public init(
        id: ConversationID,
        state: ArraySlice<UInt8>,
        members: @autoclosure () throws -> ConversationMembers
    ) throws {
        self.init(id: id)
        var pair: [AccountID: ConversationMembers.Member] = [:]
        var reader = ProtobufReader(state)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: kind = ConversationKind(decoding: try reader.varint(tag))
            case 2: lastSeq = try reader.varint(tag)
            case 3: messageCount = try reader.varint(tag)
            case 4: lastServerTime = Timestamp(milliseconds: try reader.int64(tag))
            case 5: settings = try ConversationSettings(decoding: try reader.slice(tag))
            case 6:
                if let account: AccountID = try reader.identifier(tag) { banned.insert(account) }
            case 7:
                if let account: AccountID = try reader.identifier(tag) { waiting.insert(account) }
            case 8:
                let (secret, invite) = try Invite.decode(try reader.slice(tag))
                invites[secret] = invite
            case 9:
                if let message: SubmissionID = try reader.identifier(tag) { pins.append(message) }
            case 10:
                if let account: AccountID = try reader.identifier(tag) { blockers.insert(account) }
            case 11:
                if let account: AccountID = try reader.identifier(tag) {
                    pair[account] = ConversationMembers.Member(role: .member, since: 1)
                }
            case 12:
                settings.disappearAfterSeconds = UInt32(clamping: try reader.varint(tag))
            default: try reader.skip(tag)
            }
        }
        self.members = kind == .direct ? ConversationMembers(pair) : try members()
    }
}

extension ConversationSettings {
    func encoded() -> [UInt8] {
        var writer = ProtobufWriter(capacity: 16)
        writer.varint(1, UInt64(postFrom.rawValue))
        writer.varint(2, UInt64(editProfileFrom.rawValue))
        writer.varint(3, UInt64(addFrom.rawValue))
        writer.varint(4, UInt64(disappearAfterSeconds))
        return writer.bytes
    }

    init(decoding bytes: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        self.init(kind: .group)
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: postFrom = Role(rawValue: Int(clamping: try reader.varint(tag))) ?? .admin
            case 2:
                editProfileFrom = Role(rawValue: Int(clamping: try reader.varint(tag))) ?? .admin
            case 3: addFrom = Role(rawValue: Int(clamping: try reader.varint(tag))) ?? .admin
            case 4: disappearAfterSeconds = UInt32(clamping: try reader.varint(tag))
            default: try reader.skip(tag)
            }
        }
    }
}

extension Invite {
    func encoded(_ secret: InviteSecret) -> [UInt8] {
        var writer = ProtobufWriter(capacity: 48)
        writer.identifier(1, secret)
        writer.int64(2, expiresAt?.milliseconds ?? 0)
        writer.varint(3, UInt64(usesMax))
        writer.varint(4, needsApproval ? 1 : 0)
        writer.varint(5, UInt64(uses))
        return writer.bytes
    }

    static func decode(
        _ bytes: ArraySlice<UInt8>
    ) throws(ProtobufReader.Fault) -> (InviteSecret, Invite) {
        var secret: InviteSecret?
        var invite = Invite()
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: secret = try reader.identifier(tag)
            case 2: invite.expiresAt = Timestamp(milliseconds: try reader.int64(tag))
            case 3: invite.usesMax = UInt32(clamping: try reader.varint(tag))
            case 4: invite.needsApproval = try reader.varint(tag) != 0
            case 5: invite.uses = UInt32(clamping: try reader.varint(tag))
            default: try reader.skip(tag)
            }
        }
        guard let secret else { throw ProtobufReader.Fault(reason: "a secret is missing") }
        return (secret, invite)
    }
}

/// The form of one member: 1 role (0: none) · 2 since · 3 until + 1 (0: open) · 4 earlier stays: 1 from · 2 until.
extension ConversationMembers.Member {
    /// The member as it is stored.
    public func encoded() -> [UInt8] {
        var writer = ProtobufWriter(capacity: 16 + 16 * earlier.count)
        writer.varint(1, UInt64(role?.rawValue ?? 0))
        writer.varint(2, since)
        writer.varint(3, until.map { $0 &+ 1 } ?? 0)
        for stay in earlier {
            writer.header(
                4,
                count: ProtobufSize.varint(1, stay.lowerBound)
                    + ProtobufSize.varint(2, stay.upperBound)
            )
            writer.varint(1, stay.lowerBound)
            writer.varint(2, stay.upperBound)
        }
        return writer.bytes
    }

    /// A member as it was stored.
    public init(decoding bytes: ArraySlice<UInt8>) throws(ProtobufReader.Fault) {
        self.init(role: .member, since: 0)
        role = nil
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: role = Role(rawValue: Int(clamping: try reader.varint(tag)))
            case 2: since = try reader.varint(tag)
            case 3:
                let next = try reader.varint(tag)
                until = next == 0 ? nil : next - 1
            case 4: earlier.append(try Self.stay(try reader.slice(tag)))
            default: try reader.skip(tag)
            }
        }
    }

    private static func stay(
        _ bytes: ArraySlice<UInt8>
    ) throws(ProtobufReader.Fault) -> ClosedRange<UInt64> {
        var from: UInt64 = 0
        var until: UInt64 = 0
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: from = try reader.varint(tag)
            case 2: until = try reader.varint(tag)
            default: try reader.skip(tag)
            }
        }
        return from...max(from, until)
    }
}

/// The form of a message: 1 seq · 2 server_time_ms · 3 form (0 text, 1 other, 2 poll, 3 live location) · 4 options
/// · 5 multiple · 6 ends_at_ms · 7 expires_at_ms · 8 deleted · 9 withheld. The author is stored beside it.
extension PostedMessage {
    /// The message as it is stored.
    public func encoded() -> [UInt8] {
        var writer = ProtobufWriter(capacity: 32)
        writer.varint(1, seq)
        writer.int64(2, serverTime.milliseconds)
        switch form {
        case .text: break
        case .other: writer.varint(3, 1)
        case .poll(let options, let isMultiple):
            writer.varint(3, 2)
            writer.varint(4, UInt64(options))
            writer.varint(5, isMultiple ? 1 : 0)
        case .liveLocation(let end):
            writer.varint(3, 3)
            writer.int64(6, end.milliseconds)
        }
        writer.int64(7, expiresAt?.milliseconds ?? 0)
        writer.varint(8, isDeleted ? 1 : 0)
        writer.varint(9, isWithheld ? 1 : 0)
        return writer.bytes
    }

    /// A message as it was stored.
    public init(
        author: AccountID,
        decoding bytes: ArraySlice<UInt8>
    ) throws(ProtobufReader.Fault) {
        self.init(seq: 0, author: author, serverTime: Timestamp(milliseconds: 0), form: .text)
        var fields = [UInt64](repeating: 0, count: 7)
        var reader = ProtobufReader(bytes)
        while let tag = try reader.next() {
            switch tag.field {
            case 1: seq = try reader.varint(tag)
            case 2: serverTime = Timestamp(milliseconds: try reader.int64(tag))
            case 3...6: fields[tag.field] = try reader.varint(tag)
            case 7: expiresAt = Timestamp(milliseconds: try reader.int64(tag))
            case 8: isDeleted = try reader.varint(tag) != 0
            case 9: isWithheld = try reader.varint(tag) != 0
            default: try reader.skip(tag)
            }
        }
        switch fields[3] {
        case 0: form = .text
        case 2: form = .poll(options: UInt32(clamping: fields[4]), isMultiple: fields[5] != 0)
        case 3: form = .liveLocation(endsAt: Timestamp(milliseconds: Int64(bitPattern: fields[6])))
        default: form = .other
        }
    }
}
