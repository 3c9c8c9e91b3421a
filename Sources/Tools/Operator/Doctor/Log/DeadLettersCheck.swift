import EventLog
import Events
import LogTail

/// Counts what could not be processed.
struct DeadLettersCheck: DoctorCheck {
    /// Letters that are read to be told apart; of more only the newest.
    private static let lettersMax: Int64 = 10_000

    /// What was gathered.
    struct Facts: Sendable {
        var kept: Int64
        /// Of those that were read.
        var counts = LetterCounts()
        /// The newest letter's cause and consumer.
        var newest: LetterCounts.Kind?
    }

    let name = "dead letters"
    var needs: DoctorNeed? { .log }
    var timeLimit: Duration { .seconds(20) }

    func run(_ context: DoctorContext) async throws -> [DoctorFinding] {
        let box = DeadLetterBox(configuration: context.log)
        let facts = try await withLog(context) { admin -> Facts? in
            guard try admin.topics()[Topic.deadLetters.name] != nil else { return nil }
            let partition = TopicPartition(.deadLetters, Partition(0))
            let limits = try admin.watermarks(of: partition)
            var facts = Facts(kept: limits.high.number - limits.low.number)
            guard facts.kept > 0 else { return facts }
            try box.read(from: .last(Self.lettersMax)) { letter in
                facts.counts.add(letter)
                facts.newest = LetterCounts.Kind(
                    code: letter.letter.code,
                    consumer: letter.letter.consumer,
                    topic: letter.topic?.name ?? ""
                )
            }
            return facts
        }
        guard let facts else { return [.notChecked("there is no topic \(Topic.deadLetters)")] }
        return Self.judge(facts, now: context.clock.now())
    }

    static func judge(_ facts: Facts, now: Timestamp) -> [DoctorFinding] {
        guard facts.kept > 0 else { return [.ok("none")] }
        var text = DoctorText.count(facts.kept, "record") + " could not be processed"
        if let newest = facts.newest {
            text += "; the newest: \(newest.code) in \(newest.consumer)"
            if !newest.topic.isEmpty { text += ", of \(newest.topic)" }
        }
        if let time = facts.counts.newest {
            text += ", \(DoctorText.span(now - time)) ago"
        }
        return [
            .warn(
                .deadLetters,
                text,
                do: "`martlet dead-letters list --counts` says of what causes; "
                    + "`redrive` sends them through again after the fault is mended"
            )
        ]
    }
}
