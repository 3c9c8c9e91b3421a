import EventLog
import Events
import Foundation
import SwiftProtobuf

/// Makes the record that a poisoned record leaves in `dead-letters`.
enum DeadLetter {
    /// The original bytes kept at most, so that the letter itself fits where the original did.
    static let valueBytesMax = 768 * 1024
    /// The detail's UTF-8 bytes kept at most.
    static let detailBytesMax = 1024

    /// Built of the record alone, so that processing it again makes the same letter.
    static func record(
        of record: LogRecord,
        _ poison: PoisonRecord,
        consumer: String
    )
        -> OutgoingRecord
    {
        let value = record.value ?? []
        var detail = poison.detail
        if value.count > valueBytesMax { detail = "value cut from \(value.count) bytes; " + detail }
        let letter = PBDeadLetter.with {
            $0.origin = record.origin().message
            $0.consumer = consumer
            $0.code = poison.code
            $0.detail = String(detail.prefix(detailBytesMax / 4))
            $0.serverTimeMs = record.timestamp.milliseconds
            $0.originalKey = Data(record.key ?? [])
            $0.originalValue = Data(value.prefix(valueBytesMax))
        }
        // Serialising fails only for required fields and strings that proto3 does not have.
        let bytes: [UInt8] = (try? letter.serializedBytes()) ?? []
        return OutgoingRecord(topic: .deadLetters, key: record.key ?? [], value: bytes)
    }
}
