import EventLog
import Events

/// What came in the log after the records that letters are about, folded record by record; a value.
///
/// A record that was sent again is one with the same key and the same bytes, in the same partition, behind it. Nothing is written down about
/// it: the log itself says so, whoever sent it, and it can't be forgotten by a crash between two writes.
struct LaterRecords: Sendable {
    /// Copies of one record that are remembered at most.
    static let copiesMax = 16

    private let letters: LettersSought
    private(set) var copies: [RecordPosition: [Offset]] = [:]
    private(set) var overtakers: [RecordPosition: Offset] = [:]

    init(_ letters: LettersSought) {
        self.letters = letters
    }

    /// Takes the next record of a partition.
    mutating func take(_ record: LogRecord) {
        guard let sought = letters.byKey[record.topicPartition]?[record.key ?? []] else { return }
        let digest = LettersSought.digest(record.value ?? [])
        for letter in sought where record.offset > letter.place.offset {
            if letter.digest == digest {
                guard copies[letter.place, default: []].count < Self.copiesMax else { continue }
                copies[letter.place, default: []].append(record.offset)
            } else if let slot = letter.slot, slot == AccountSlot(of: record) {
                overtakers[letter.place] = record.offset
            }
        }
    }

    /// Where copies of a letter's record are.
    func copies(of letter: FiledLetter) -> [Offset] {
        letter.place.flatMap { copies[$0] } ?? []
    }

    /// Where a later record says otherwise what a letter's record says.
    func overtaker(of letter: FiledLetter) -> Offset? {
        letter.place.flatMap { overtakers[$0] }
    }
}
