import EventLog
import Events

/// A letter as it stands in `dead-letters`.
struct FiledLetter: Sendable {
    let record: LogRecord
    let letter: PBDeadLetter

    /// Where it stands: the number by which one asks for it.
    var offset: Offset { record.offset }
    /// The cause, if it is told.
    var origin: Origin? { letter.hasOrigin ? Origin(letter.origin) : nil }
    /// The topic of the record that could not be processed.
    var topic: Topic? {
        origin.flatMap { origin in Topic.all.first { $0.number == origin.topicNumber } }
    }

    /// Where the record stands that could not be processed.
    var place: RecordPosition? {
        guard let origin, let topic else { return nil }
        return RecordPosition(
            topicPartition: TopicPartition(topic, origin.partition),
            offset: origin.offset
        )
    }

    /// The record as it was, to be decoded.
    var original: LogRecord? {
        guard let place else { return nil }
        return LogRecord(
            topicPartition: place.topicPartition,
            offset: place.offset,
            timestamp: Timestamp(milliseconds: letter.serverTimeMs),
            key: Array(letter.originalKey),
            value: Array(letter.originalValue)
        )
    }
}
