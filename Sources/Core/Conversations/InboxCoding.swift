public import Events

/// Builds values of `inbox` around parts that are encoded already.
public enum InboxCoding {
    /// An `InboxRecord` with a timeline event, whose bytes are embedded as they are.
    ///
    /// `joined` and `left` are accounts of the partition that come and go by the event; with `only` these alone are told.
    public static func event(
        _ event: [UInt8],
        origin: Origin,
        joined: [AccountID] = [],
        left: [AccountID] = [],
        only: [AccountID] = []
    ) -> [UInt8] {
        let accounts = joined.count + left.count + only.count
        var writer = ProtobufWriter(capacity: event.count + 40 + 18 * accounts)
        writer.origin(1, origin)
        writer.slice(2, event[...])
        for account in joined { writer.identifier(5, account) }
        for account in left { writer.identifier(6, account) }
        for account in only { writer.identifier(7, account) }
        return writer.bytes
    }

    /// A `MembershipRecord`.
    public static func membership(
        of account: AccountID,
        in conversation: ConversationID,
        _ kind: ConversationKind,
        _ member: ConversationMembers.Member,
        origin: Origin
    ) -> [UInt8] {
        var writer = ProtobufWriter(capacity: 96)
        writer.origin(1, origin)
        writer.identifier(2, account)
        writer.identifier(3, conversation)
        writer.varint(4, UInt64(kind.rawValue))
        writer.varint(5, UInt64(member.role?.rawValue ?? 0))
        for stay in member.earlier { range(stay.lowerBound, stay.upperBound, &writer) }
        range(member.since, member.until ?? 0, &writer)
        return writer.bytes
    }

    /// A `MembershipRecord` of a direct conversation: the other account, if this one has blocked it.
    ///
    /// It says nothing of what the account may see there: the conversation's id does.
    public static func block(
        by account: AccountID,
        in conversation: ConversationID,
        of blocked: AccountID?,
        origin: Origin
    ) -> [UInt8] {
        var writer = ProtobufWriter(capacity: 96)
        writer.origin(1, origin)
        writer.identifier(2, account)
        writer.identifier(3, conversation)
        writer.varint(4, UInt64(ConversationKind.direct.rawValue))
        writer.varint(5, UInt64(Role.member.rawValue))
        writer.identifier(7, blocked)
        return writer.bytes
    }

    private static func range(_ from: UInt64, _ until: UInt64, _ writer: inout ProtobufWriter) {
        writer.header(6, count: ProtobufSize.varint(1, from) + ProtobufSize.varint(2, until))
        writer.varint(1, from)
        writer.varint(2, until)
    }

    /// An `InboxRecord` with an account's record, whose bytes are embedded as they are.
    public static func account(_ record: [UInt8], origin: Origin) -> [UInt8] {
        var writer = ProtobufWriter(capacity: record.count + 40)
        writer.origin(1, origin)
        writer.slice(8, record[...])
        return writer.bytes
    }

    /// An `InboxRecord` with how far an account has read a conversation.
    public static func readMark(
        of account: AccountID,
        in conversation: ConversationID,
        seq: UInt64,
        serverTime: Timestamp,
        origin: Origin
    ) -> [UInt8] {
        var writer = ProtobufWriter(capacity: 100)
        writer.origin(1, origin)
        let time = UInt64(bitPattern: serverTime.milliseconds)
        writer.header(
            9,
            count: 2 * ProtobufSize.slice(1, count: 16) + ProtobufSize.varint(3, seq)
                + ProtobufSize.varint(4, time)
        )
        writer.identifier(1, account)
        writer.identifier(2, conversation)
        writer.varint(3, seq)
        writer.varint(4, time)
        return writer.bytes
    }

    /// An `InboxRecord` with ticks.
    public static func ticks(
        account: AccountID,
        conversation: ConversationID,
        deliveredSeq: UInt64,
        readSeq: UInt64,
        serverTime: Timestamp,
        origin: Origin
    ) -> [UInt8] {
        var writer = ProtobufWriter(capacity: 120)
        writer.origin(1, origin)
        let time = UInt64(bitPattern: serverTime.milliseconds)
        writer.header(
            3,
            count: 2 * ProtobufSize.slice(1, count: 16) + ProtobufSize.varint(3, deliveredSeq)
                + ProtobufSize.varint(4, readSeq) + ProtobufSize.varint(5, time)
        )
        writer.identifier(1, account)
        writer.identifier(2, conversation)
        writer.varint(3, deliveredSeq)
        writer.varint(4, readSeq)
        writer.varint(5, time)
        return writer.bytes
    }

    /// An `InboxRecord` that tells a device's account that a submission was refused.
    public static func rejection(
        of submission: Submission,
        _ reason: RejectionReason,
        origin: Origin
    ) -> [UInt8] {
        var fields = ProtobufWriter(capacity: 160)
        fields.identifier(1, submission.sender)
        fields.identifier(2, submission.device)
        fields.identifier(3, submission.id)
        fields.identifier(4, submission.conversation)
        fields.slice(5, Array(reason.code.utf8)[...])
        fields.slice(6, Array(reason.detail.utf8)[...])
        fields.int64(7, submission.serverTime.milliseconds)
        var writer = ProtobufWriter(capacity: fields.bytes.count + 40)
        writer.origin(1, origin)
        writer.slice(4, fields.bytes[...])
        return writer.bytes
    }
}
