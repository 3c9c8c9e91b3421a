import EventLog
import Events
import LogTail

/// Reads `dead-letters` and what came after the records that they are about; blocks.
struct DeadLetterBox {
    /// Records that are appended at once.
    private static let batchRecordsMax = 100
    /// A letter and the copies of its record are stamped by different machines: a search by time begins so much earlier.
    private static let clockDifferenceMax: Duration = .seconds(600)

    let configuration: EventLogConfiguration

    /// Calls `body` with the letters kept now from a place on, the oldest first.
    func read(from place: LogPlace = .beginning, _ body: (FiledLetter) throws -> Void) throws {
        let partition = TopicPartition(.deadLetters, Partition(0))
        var start = StartPosition.beginning
        if place != .beginning {
            let admin = try LogAdmin(configuration, logger: .quiet)
            defer { admin.close() }
            start = try place.offsets(of: [partition], admin)[partition].map { .offset($0) } ?? .end
        }
        try LogReader.readToEnd(
            configuration,
            start: [partition: start],
            logger: .quiet
        ) { records in
            for record in records {
                guard case .deadLetter(let letter) = DecodedRecord(record).value else { continue }
                try body(FiledLetter(record: record, letter: letter))
            }
        }
    }

    /// Looks for what came in the log after the records that letters are about.
    func whatCame(after letters: LettersSought) throws -> LaterRecords {
        var later = LaterRecords(letters)
        guard !letters.isEmpty else { return later }
        let admin = try LogAdmin(configuration, logger: .quiet)
        defer { admin.close() }
        var start: [TopicPartition: StartPosition] = [:]
        for (partition, from) in letters.searches {
            // A copy can't be older than its letter. What overtakes an account's change can.
            let time = from.time - Self.clockDifferenceMax
            var first = from.offset
            if partition.topic != .accounts {
                let begin = try admin.offsets(of: [partition], at: time)[partition]
                first = max(first, begin ?? first)
            }
            start[partition] = .offset(first)
        }
        try LogReader.readToEnd(configuration, start: start, logger: .quiet) { records in
            for record in records { later.take(record) }
        }
        return later
    }

    /// Appends letters' original records to their topics again and waits until the log has them.
    ///
    /// `records` gives them one by one; only a batch of them is ever in memory.
    ///
    /// - Returns: how many were appended.
    func redrive(_ records: ((OutgoingRecord) throws -> Void) throws -> Void) throws -> Int {
        var options = EventProducer.Options()
        options.messageTimeout = .seconds(30)
        let producer = try EventProducer(configuration, options: options, logger: .quiet)
        defer { producer.close() }
        var batch: [OutgoingRecord] = []
        var count = 0
        func flush() throws {
            try producer.appendAndWait(batch)
            count += batch.count
            batch = []
        }
        try records { record in
            batch.append(record)
            if batch.count >= Self.batchRecordsMax { try flush() }
        }
        try flush()
        return count
    }
}
