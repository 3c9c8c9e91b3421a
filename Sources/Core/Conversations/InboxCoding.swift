public import Events

/// Builds values of `inbox` around parts that are encoded already.
public enum InboxCoding {
    /// An `InboxRecord` with a timeline event, whose bytes are embedded as they are.
    public static func event(_ event: [UInt8], origin: Origin) -> [UInt8] {
        var writer = ProtobufWriter(capacity: event.count + 40)
        writer.origin(1, origin)
        writer.slice(2, event[...])
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
