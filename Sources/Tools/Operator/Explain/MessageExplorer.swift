import EventLog
import Events
import LogTail

/// Finds what the log tells of one message; blocks.
struct MessageExplorer {
    /// How far the search went.
    struct Findings {
        var life: MessageLife
        /// Records looked at.
        var records = 0
        /// The search ended because it had looked at as many records as it may.
        var isCutShort = false
    }

    /// Ends a scan early.
    private struct Enough: Error {}

    /// How far clocks of this installation's machines may disagree.
    static let clockSlack: Duration = .seconds(10)
    /// How long after a message one still looks for repetitions of it.
    static let repetitionWindow: Duration = .seconds(60)
    /// How long before the id's time one begins to look first: the device's clock may be a little ahead.
    static let deviceSlack: Duration = .seconds(600)

    let configuration: EventLogConfiguration
    /// Records to be looked at, at most.
    let recordsMax: Int
    let clock: any WallClock

    /// Searches the log from about the time when the id was made.
    func explore(_ id: SubmissionID) throws -> Findings {
        let admin = try LogAdmin(configuration, logger: .quiet)
        defer { admin.close() }
        let counts = try admin.topics()
        var findings = Findings(life: MessageLife(id: id))
        let made = min(id.uuidTimestamp, clock.now())
        // The submission, else what the router made of it: submissions are kept for two weeks only. A clock may be a day ahead.
        for (topic, slack) in [
            (Topic.submissions, Self.deviceSlack), (.submissions, Limits.submissionAgeAheadMax),
            (.timeline, Limits.submissionAgeAheadMax),
        ] {
            let places = partitions(of: topic, counts)
            try scan(admin, places, from: made - slack, &findings) {
                $0.isKnown ? Timestamp(milliseconds: .min) : nil
            }
            if findings.life.isKnown || findings.isCutShort { break }
        }
        if findings.life.isKnown { try follow(admin, counts, &findings) }
        return findings
    }

    /// Follows a message that was found through every topic that may tell of it.
    private func follow(
        _ admin: LogAdmin,
        _ counts: [String: Int],
        _ findings: inout Findings
    ) throws {
        let found = findings.life
        guard let time = found.lastTime else { return }
        let places = self.places(of: found, counts)
        let isDecision = { (place: TopicPartition) in
            place.topic == .submissions || place.topic == .timeline
        }
        // From scratch, in two passes: what the second looks for follows from what the first learns.
        findings.life = MessageLife(id: found.id)
        try scan(
            admin,
            places.filter(isDecision),
            from: time - Self.clockSlack,
            &findings
        ) { life in
            life.has(.sequenced) ? life.lastTime.map { $0 + Self.repetitionWindow } : nil
        }
        if !findings.life.isKnown { findings.life = found }
        try scan(
            admin,
            places.filter { !isDecision($0) },
            from: time - Self.clockSlack,
            &findings
        ) { life in
            life.isComplete ? life.lastTime.map { $0 + Self.clockSlack } : nil
        }
    }

    /// Where records about a message can be.
    private func places(of life: MessageLife, _ counts: [String: Int]) -> [TopicPartition] {
        var places: [TopicPartition] = []
        for topic in [Topic.submissions, .timeline, .receipts] {
            guard let conversation = life.conversation, let count = counts[topic.name] else {
                continue
            }
            places.append(
                TopicPartition(topic, Partitioner.partition(of: conversation, count: count))
            )
        }
        if let count = counts[Topic.inbox.name] {
            // Of a direct conversation the parties are known; anything else may be in every partition.
            let numbers =
                life.kind == .direct
                ? Set(life.parties.map { Partitioner.partition(of: $0, count: count) })
                : Set((0..<count).map { Partition(Int32($0)) })
            places += numbers.sorted().map { TopicPartition(.inbox, $0) }
        }
        return places + partitions(of: .deadLetters, counts)
    }

    private func partitions(of topic: Topic, _ counts: [String: Int]) -> [TopicPartition] {
        (0..<(counts[topic.name] ?? 0)).map { TopicPartition(topic, Partition(Int32($0))) }
    }

    /// Reads partitions from a time on, at most to their present ends.
    ///
    /// Once it is known what one looks for, `horizon` is the time after which nothing more is of interest; the lowest
    /// of all times ends the scan at once. Throws what the log answered.
    private func scan(
        _ admin: LogAdmin,
        _ places: [TopicPartition],
        from time: Timestamp,
        _ findings: inout Findings,
        horizon: (MessageLife) -> Timestamp?
    ) throws {
        let starts = try admin.offsets(of: places, at: time)
        var ends: [TopicPartition: Offset] = [:]
        for (place, start) in starts {
            let end = try admin.watermarks(of: place).high
            if start < end { ends[place] = end }
        }
        guard !ends.isEmpty, !findings.isCutShort else { return }
        var open = Set(ends.keys)
        do {
            try LogReader.readToEnd(
                configuration,
                start: starts.filter { ends[$0.key] != nil }.mapValues { .offset($0) },
                logger: .quiet
            ) { batch in
                for record in batch {
                    findings.records += 1
                    guard findings.records <= recordsMax else {
                        findings.isCutShort = true
                        throw Enough()
                    }
                    findings.life.take(DecodedRecord(record))
                    let isLast = ends[record.topicPartition].map { record.offset.next >= $0 }
                    let isBeyond = horizon(findings.life).map { record.timestamp > $0 }
                    if isLast ?? true || isBeyond ?? false { open.remove(record.topicPartition) }
                }
                guard let horizon = horizon(findings.life) else { return }
                if open.isEmpty || horizon.milliseconds == .min { throw Enough() }
            }
        } catch is Enough {
            return
        }
    }
}
