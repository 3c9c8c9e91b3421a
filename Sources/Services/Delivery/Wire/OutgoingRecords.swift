import EventLog
import Events
import Flow
import SwiftProtobuf
import Web

/// The records that delivery appends to the log.
enum OutgoingRecords {
    /// `receipts`: how far a device, and its person, got in a conversation.
    ///
    /// Written by hand, because there is about one per message; a test holds it against the generated code.
    static func receipt(
        conversation: ConversationID,
        account: AccountID,
        device: DeviceID,
        time: Timestamp,
        marks: MarkBook.Marks
    ) -> OutgoingRecord {
        var inner: [UInt8] = []
        inner.reserveCapacity(24)
        append(1, marks.deliveredSeq, to: &inner)
        append(2, marks.readSeq, to: &inner)
        append(3, marks.isPrivate ? 1 : 0, to: &inner)
        let key = conversation.bytes
        var value: [UInt8] = []
        value.reserveCapacity(96)
        append(1, key, to: &value)
        append(2, account.bytes, to: &value)
        append(3, device.bytes, to: &value)
        append(4, UInt64(bitPattern: time.milliseconds), to: &value)
        append(16, inner, to: &value)
        return OutgoingRecord(topic: .receipts, key: key, value: value)
    }

    /// What happened to a device's session.
    enum SessionChange {
        case connected
        case disconnected(closeCode: UInt16)
        case progressed
    }

    /// `sessions`: a device connected, disconnected, or has everything up to an offset.
    static func session(
        _ change: SessionChange,
        of session: DeviceSession,
        instance: String,
        time: Timestamp
    ) -> OutgoingRecord {
        let key = session.identity.account.bytes
        var value: [UInt8] = []
        value.reserveCapacity(128)
        append(1, key, to: &value)
        append(2, session.identity.device.bytes, to: &value)
        append(3, Array(instance.utf8), to: &value)
        append(4, UInt64(bitPattern: time.milliseconds), to: &value)
        append(5, session.id.bytes, to: &value)
        append(6, UInt64(bitPattern: session.pump.acknowledged.number), to: &value)
        switch change {
        case .connected:
            append(16, [], to: &value)
        case .disconnected(let code):
            var inner: [UInt8] = []
            append(1, UInt64(code), to: &inner)
            append(17, inner, to: &value)
        case .progressed:
            append(18, [], to: &value)
        }
        return OutgoingRecord(topic: .sessions, key: key, value: value)
    }

    /// `routes`: this instance serves a partition.
    static func route(
        _ partition: Partition,
        instance: String,
        url: String,
        time: Timestamp
    ) throws -> OutgoingRecord {
        let record = PBRouteRecord.with {
            $0.serverTimeMs = time.milliseconds
            $0.partitionRoute = .with {
                $0.partition = UInt32(bitPattern: partition.number)
                $0.instance = instance
                $0.url = url
            }
        }
        return OutgoingRecord(
            topic: .routes,
            partition: Partition(0),
            key: Array("partition-\(partition)".utf8),
            value: try record.serializedBytes()
        )
    }

    private static func append(_ field: UInt64, _ value: UInt64, to bytes: inout [UInt8]) {
        guard value != 0 else { return }
        varint(field << 3, to: &bytes)
        varint(value, to: &bytes)
    }

    private static func append(_ field: UInt64, _ value: [UInt8], to bytes: inout [UInt8]) {
        varint(field << 3 | 2, to: &bytes)
        varint(UInt64(value.count), to: &bytes)
        bytes.append(contentsOf: value)
    }

    private static func varint(_ value: UInt64, to bytes: inout [UInt8]) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }
}
