import EventLog
import Events
import LogTail

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

    /// The record as it was, to be decoded.
    var original: LogRecord? {
        guard let origin, let topic else { return nil }
        return LogRecord(
            topicPartition: TopicPartition(topic, origin.partition),
            offset: origin.offset,
            timestamp: Timestamp(milliseconds: letter.serverTimeMs),
            key: Array(letter.originalKey),
            value: Array(letter.originalValue)
        )
    }

    /// The record that sends it through again; or why there is none.
    ///
    /// Only what the router, the receipts aggregator and the stores take as input can be sent again: derived records carry origins by
    /// which their readers would drop them, and are made again from their inputs.
    var redriven: Result<OutgoingRecord, Unredrivable> {
        guard let origin, let topic else {
            return .failure(Unredrivable(description: "it does not say where it came from"))
        }
        switch topic {
        case .submissions, .receipts, .accounts:
            return .success(
                OutgoingRecord(
                    topic: topic,
                    partition: origin.partition,
                    key: Array(letter.originalKey),
                    value: Array(letter.originalValue)
                )
            )
        default:
            return .failure(
                Unredrivable(
                    description: "records of \(topic) are derived: readers would drop it"
                )
            )
        }
    }

    /// Why a letter can't be sent again.
    struct Unredrivable: Error, CustomStringConvertible {
        let description: String
    }
}

/// Reads `dead-letters`; blocks.
struct DeadLetterBox {
    let configuration: EventLogConfiguration

    /// The letters kept now, oldest first; `wanted` picks.
    func letters(where wanted: (FiledLetter) -> Bool = { _ in true }) throws -> [FiledLetter] {
        var letters: [FiledLetter] = []
        try LogReader.readToEnd(
            configuration,
            start: [TopicPartition(.deadLetters, Partition(0)): .beginning],
            logger: .quiet
        ) { records in
            for record in records {
                guard case .deadLetter(let letter) = DecodedRecord(record).value else { continue }
                let filed = FiledLetter(record: record, letter: letter)
                if wanted(filed) { letters.append(filed) }
            }
        }
        return letters
    }

    /// Appends letters' original records to their topics again and waits until the log has them.
    func redrive(_ records: [OutgoingRecord]) throws {
        var options = EventProducer.Options()
        options.messageTimeout = .seconds(30)
        let producer = try EventProducer(configuration, options: options, logger: .quiet)
        defer { producer.close() }
        try producer.appendAndWait(records)
    }
}
