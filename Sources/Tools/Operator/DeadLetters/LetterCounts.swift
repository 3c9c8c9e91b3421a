import EventLog
import Events
import LogTail

/// How many letters there are of each cause.
struct LetterCounts: Sendable {
    /// What is counted apart.
    struct Kind: Hashable, Comparable, Sendable {
        let code: String
        let consumer: String
        /// Empty if the letter does not say.
        let topic: String

        static func < (left: Self, right: Self) -> Bool {
            (left.code, left.consumer, left.topic) < (right.code, right.consumer, right.topic)
        }
    }

    /// Kinds that are told apart at most; a consumer with a fault could make up any number of codes.
    static let kindsMax = 1000

    private(set) var counts: [Kind: Int] = [:]
    private(set) var total = 0
    /// The newest letter's time stamp.
    private(set) var newest: Timestamp?

    mutating func add(_ letter: FiledLetter) {
        total += 1
        newest = max(newest ?? letter.record.timestamp, letter.record.timestamp)
        let kind = Kind(
            code: letter.letter.code,
            consumer: letter.letter.consumer,
            topic: letter.topic?.name ?? ""
        )
        guard counts[kind] != nil || counts.count < Self.kindsMax else { return }
        counts[kind, default: 0] += 1
    }

    /// Kinds and counts, the most frequent first.
    private var sorted: [(kind: Kind, count: Int)] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }

    /// A line for each kind, with a heading.
    func lines(_ palette: Palette) -> [String] {
        guard total > 0 else { return ["no dead letters"] }
        let heading =
            TopicTable.right("LETTERS", 8) + "  " + TopicTable.left("CODE", 20)
            + TopicTable.left("CONSUMER", 18) + "ABOUT"
        return [palette.paint(heading, .faint)]
            + sorted.map { kind, count in
                palette.paint(TopicTable.right(String(count), 8), .number) + "  "
                    + palette.paint(TopicTable.left(TerminalText.harmless(kind.code), 20), .strong)
                    + TopicTable.left(TerminalText.harmless(kind.consumer), 18)
                    + (kind.topic.isEmpty ? "a record that is not named" : kind.topic)
            }
    }

    /// An object for each kind.
    var objects: [JSONObject] {
        sorted.map { kind, count in
            var object = JSONObject()
            object.add("code", kind.code)
            object.add("consumer", kind.consumer)
            if !kind.topic.isEmpty { object.add("topic", kind.topic) }
            object.add("letters", Int64(count))
            return object
        }
    }
}
