import EventLog
import Events
import LogTail

/// Decides letter by letter what is sent again; a value.
///
/// Only what the router, the receipts aggregator and the stores take as input can be sent again: derived records carry origins by
/// which their readers would drop them, and are made again from their inputs.
struct RedrivePlan {
    /// What becomes of a letter.
    enum Verdict {
        /// Its record is sent again.
        case send(OutgoingRecord)
        /// It is not, which is as it should be: there is nothing to be done.
        case needless(String)
        /// It is not, though it was asked for.
        case refused(String)
    }

    let later: LaterRecords
    let now: Timestamp
    /// Whether to send also what was sent again before, was overtaken or would only come back.
    let isForced: Bool
    /// What this plan has sent: two consumers may have written a letter about the same record.
    private var sent: Set<RecordPosition> = []

    init(later: LaterRecords, now: Timestamp, isForced: Bool) {
        self.later = later
        self.now = now
        self.isForced = isForced
    }

    /// Decides about the next letter.
    mutating func judge(_ letter: FiledLetter) -> Verdict {
        guard let place = letter.place, let original = letter.original else {
            return .refused("it does not say where it came from")
        }
        let topic = place.topicPartition.topic
        guard [.submissions, .receipts, .accounts].contains(topic) else {
            return .refused("records of \(topic) are derived: readers would drop it")
        }
        guard let value = original.value, !value.isEmpty else {
            return .refused("it had no value")
        }
        guard !letter.letter.detail.hasPrefix("value cut from ") else {
            return .refused("it was too large to be kept whole")
        }
        let decoded = DecodedRecord(original)
        if let reason = tooOld(decoded) { return .refused(reason) }
        guard !sent.contains(place) else { return .needless("another letter is about the same") }
        if !isForced {
            if let copy = later.copies(of: letter).first {
                return .needless("it was sent again before: \(place.topicPartition)@\(copy)")
            }
            if let overtaker = later.overtaker(of: letter) {
                return .refused(
                    "\(place.topicPartition)@\(overtaker) says otherwise since: it would be undone"
                )
            }
            if case .undecodable = decoded.value {
                return .refused("this version can't decode it either: it would come back")
            }
        }
        sent.insert(place)
        return .send(
            OutgoingRecord(
                topic: topic,
                partition: place.topicPartition.partition,
                key: original.key ?? [],
                value: value
            )
        )
    }

    /// The router keeps the ids of so many days, so an older one is refused.
    private func tooOld(_ decoded: DecodedRecord) -> String? {
        guard case .submission(let submission) = decoded.value,
            let id = SubmissionID(bytes: submission.submissionID),
            id.uuidTimestamp < now - Limits.submissionAgeMax
        else { return nil }
        return "its id is older than the router accepts: the device has to send it anew"
    }
}
