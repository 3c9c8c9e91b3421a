import Events
import Foundation
import Testing

@testable import Stores

/// Prints what searching costs, and asserts nothing but that all is found.
///
/// `MARTLET_SEARCH_MESSAGES` sets how many messages there are.
@Suite(.onEveryStore, .serialized)
struct SearchSpeedTests {
    private let folder: TemporaryFolder
    private let count: Int

    init() throws {
        folder = try TemporaryFolder()
        let text = ProcessInfo.processInfo.environment["MARTLET_SEARCH_MESSAGES"]
        count = text.flatMap { Int($0) } ?? 2000
    }

    /// Words as often as in a language: the second half as often as the first.
    private static func word(_ random: inout SeededRandom) -> String {
        let share = Double.random(in: 0..<1, using: &random)
        return "w" + String(Int(pow(30_000, share)), radix: 36)
    }

    @Test func printHowLongItTakes() throws {
        var random = SeededRandom(state: 1)
        let store = try folder.store("speed", for: .building)
        let others = (0..<200).map { AccountID(high: 0xFF, low: UInt64($0)) }
        var script = Script()
        var bytes = 0
        for number in 0..<count {
            // Ada is in a tenth of the conversations, and the first of them is large.
            let other = others[Int(200 * pow(Double.random(in: 0..<1, using: &random), 3))]
            let sender = other.low % 10 == 0 ? ada : bob
            let text = (0..<8).map { _ in Self.word(&random) }.joined(separator: " ")
            bytes += text.utf8.count
            script.post(text + (number % 1000 == 7 ? " rare" : ""), from: sender, to: other)
            if number % 5000 == 4999 { try store.apply(script.take()) }
        }
        try store.apply(script.take())
        var looked = 0
        let clock = ContinuousClock()
        let indexing = try clock.measure {
            while case let more = try store.indexTexts(limit: 1000), more > 0 { looked += more }
        }
        #expect(looked == count)
        // The server does so itself within a minute.
        if store is PostgresHotStore { _ = try store.asked("ANALYZE searched") }
        let perMessage = indexing / count / .microseconds(1)
        let engine = String(describing: type(of: store))
        print(
            "search: \(engine): \(count) messages of \(bytes / count) bytes: "
                + "indexed in \(perMessage.formatted(.number.precision(.fractionLength(1)))) µs each"
        )
        for text in ["w1", "rare", "w1 w2", "\"w1 w2\"", "w1*", "wzz* w1", "nowhere"] {
            var times: [Duration] = []
            var hits = 0
            for _ in 0..<20 {
                let query = try SearchQuery(text)
                times.append(
                    try clock.measure {
                        hits =
                            try store.search(
                                query,
                                in: nil,
                                for: Viewer(ada),
                                before: nil,
                                limit: 30
                            )?.hits.count ?? 0
                    }
                )
            }
            let sorted = times.sorted()
            print(
                "search: \(engine): \(text): \(hits) hits, median \(sorted[10]), worst \(sorted[19])"
            )
        }
    }
}
