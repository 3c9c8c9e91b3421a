/// Invented words, some of which everybody uses and most of which hardly anybody does.
///
/// Always the same ones: a word's place is its rank.
struct Vocabulary: Sendable {
    /// How many words there are.
    static let wordsCount = 20_000
    /// How unequal their use is: the exponent that Zipf found in texts.
    private static let exponent = 1.0
    private static let consonants = Array("bcdfghjklmnprstvwxyz".utf8)
    private static let vowels = Array("aeiou".utf8)

    /// The words by rank, the commonest first: lower-case letters.
    let words: [[UInt8]]
    private let choice = WeightedChoice(zipf: wordsCount, exponent: exponent)

    /// All words.
    init() {
        var random = SeededRandom(seed: 0x5EED)
        var known: Set<[UInt8]> = []
        var words: [[UInt8]] = []
        while words.count < Self.wordsCount {
            // What is said often is short.
            let syllables = words.count < 200 ? 2 : words.count < 5000 ? 3 : 4
            var word: [UInt8] = []
            for _ in 0..<syllables {
                word.append(Self.consonants[random.below(Self.consonants.count)])
                word.append(Self.vowels[random.below(Self.vowels.count)])
            }
            if known.insert(word).inserted { words.append(word) }
        }
        self.words = words
    }

    /// A text, and the ranks of its first words.
    struct Text {
        /// ASCII.
        var bytes: [UInt8]
        /// At most two.
        var ranks: [Int] = []
    }

    /// A text of 20 to 200 bytes; short ones are likelier.
    func text(_ random: inout SeededRandom) -> Text {
        let share = random.share()
        let wanted = 20 + Int(170 * share * share)
        var text = Text(bytes: [])
        text.bytes.reserveCapacity(wanted + 8)
        while text.bytes.count < wanted {
            let rank = choice.next(&random)
            if !text.bytes.isEmpty { text.bytes.append(UInt8(ascii: " ")) }
            text.bytes += words[rank]
            if text.ranks.count < 2, !text.ranks.contains(rank) { text.ranks.append(rank) }
        }
        return text
    }

    /// The word of a rank, as text.
    func word(_ rank: Int) -> String { String(decoding: words[rank], as: UTF8.self) }
}
