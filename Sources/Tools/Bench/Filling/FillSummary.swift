import Conversations
import Events
import Foundation

/// What was filled in, and where in it something can be asked for: `fill.json` in the data folder.
struct FillSummary: Codable, Sendable, Equatable {
    /// The file's name.
    static let fileName = "fill.json"
    private static let versionNow = 1

    /// An account that can ask.
    struct Person: Codable, Sendable, Equatable {
        var account: AccountID
        var device: DeviceID
        /// How many conversations it is in.
        var conversations: Int
    }

    /// A conversation that can be asked for.
    struct Chat: Codable, Sendable, Equatable {
        var conversation: ConversationID
        /// The place among `people` of somebody who has been in it from the beginning.
        var person: Int
        var lastSeq: UInt64
        /// The last seq at the end of each UTC day, from `firstDay` on.
        var daySeqs: [UInt64]
        /// Words that stand in one message of it; none: not known.
        var words: [String]
    }

    /// Words to search for.
    struct Words: Codable, Sendable, Equatable {
        var common: [String]
        var rare: [String]
    }

    var version = Self.versionNow
    var seed: UInt64
    /// All seeds that this log was filled with, or was begun to be; `nil`: the one.
    var seeds: [UInt64]?
    var messages: Int
    var accounts: Int
    var conversations: Int
    var groups: Int
    /// The UTC day of the first message, counted from 1970-01-01.
    var firstDay: Int
    /// Records by topic.
    var records: [String: Int] = [:]
    var seconds = 0.0
    var people: [Person]
    var chats: [Chat]
    var words: Words

    // MARK: The file

    /// Reads what a fill left in a data folder once it had ended.
    ///
    /// - Throws: `BenchFailure`.
    static func read(dataDirectory: String) throws(BenchFailure) -> FillSummary {
        let path = "\(dataDirectory)/\(fileName)"
        guard let summary = try last(dataDirectory: dataDirectory) else {
            throw BenchFailure("there is no \(path): `martlet bench fill` makes it")
        }
        guard !summary.chats.isEmpty else {
            throw BenchFailure("\(path) is of a fill that did not end: it says only its seed")
        }
        return summary
    }

    /// Reads what the last fill left, ended or not; `nil`: there was none.
    ///
    /// - Throws: `BenchFailure`.
    static func last(dataDirectory: String) throws(BenchFailure) -> FillSummary? {
        let path = "\(dataDirectory)/\(fileName)"
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let summary = try? decoder.decode(FillSummary.self, from: data),
            summary.version == versionNow,
            summary.chats.allSatisfy({ summary.people.indices.contains($0.person) })
        else { throw BenchFailure("\(path) is damaged, or of another version") }
        return summary
    }

    /// Writes it into a data folder: all of it or nothing.
    func write(dataDirectory: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let url = URL(filePath: "\(dataDirectory)/\(Self.fileName)")
        try (encoder.encode(self) + Data("\n".utf8)).write(to: url, options: .atomic)
    }
}

extension FillSummary {
    /// Of a first fill that has only begun.
    init(begunWith seed: UInt64) {
        self.init(
            seed: seed,
            messages: 0,
            accounts: 0,
            conversations: 0,
            groups: 0,
            firstDay: 0,
            people: [],
            chats: [],
            words: Words(common: [], rare: [])
        )
    }

    /// So many conversations are named at most.
    static let chatsMax = 5000
    /// Ranks of words that many use, and of words that hardly anybody does.
    private static let commonRanks = 20..<220
    private static let rareRanks = 15_000..<16_000

    /// What a log holds, once it is complete.
    init(_ log: SyntheticLog) {
        var random = SeededRandom(seed: log.plan.seed ^ 0xF111)
        let begun = log.conversations.filter { $0.state != nil }
        let days = log.plan.end.dayNumber - log.plan.start.dayNumber + 1
        var counts = [Int](repeating: 0, count: log.accounts.count)
        for conversation in begun {
            for member in conversation.members { counts[Int(member)] += 1 }
        }
        seed = log.plan.seed
        messages = log.messages
        accounts = log.accounts.count
        conversations = begun.count
        groups = begun.count { $0.kind == .group }
        firstDay = log.plan.start.dayNumber
        people = []
        chats = []
        words = Words(
            common: Self.commonRanks.map(log.vocabulary.word),
            rare: Self.rareRanks.map(log.vocabulary.word)
        )
        // They lie in the order of their sizes: of all sizes some, the largest in any case.
        let count = min(begun.count, Self.chatsMax)
        var places: [Int32: Int] = [:]
        for number in 0..<count {
            let conversation = begun[number * begun.count / count]
            guard let state = conversation.state else { continue }
            let member = conversation.members[random.below(conversation.members.count)]
            if places[member] == nil {
                places[member] = people.count
                let identity = log.accounts[Int(member)]
                people.append(
                    Person(
                        account: identity.account,
                        device: identity.device,
                        conversations: counts[Int(member)]
                    )
                )
            }
            chats.append(
                Chat(
                    conversation: state.id,
                    person: places[member] ?? 0,
                    lastSeq: state.lastSeq,
                    daySeqs: conversation.lastSeqs(days: days),
                    words: conversation.findable?.ranks.map(log.vocabulary.word) ?? []
                )
            )
        }
    }
}
