import Events
import Testing

@testable import Stores

/// What a person types, and what it means.
@Suite struct SearchQueryTests {
    private func terms(_ text: String) throws -> [SearchQuery.Term] { try SearchQuery(text).terms }

    private func fault(_ text: String) -> SearchQuery.Fault? {
        do throws(SearchQuery.Fault) {
            _ = try SearchQuery(text)
            return nil
        } catch {
            return error
        }
    }

    @Test func wordsPhrasesAndBeginnings() throws {
        #expect(
            try terms("Hello wor* \"Good  Morning\" e-mail 東京 &") == [
                .init(words: ["hello"]), .init(words: ["wor"], isPrefix: true),
                .init(words: ["good", "morning"]), .init(words: ["e", "mail"]),
                .init(words: ["東", "京"]),
            ]
        )
        #expect(try terms("a\"b c\"d").map(\.words) == [["a"], ["b", "c"], ["d"]])
        #expect(try terms("東京*") == [.init(words: ["東", "京"])])
        #expect(try terms("foo-bar*") == [.init(words: ["foo", "bar"], isPrefix: true)])
        #expect(try terms("a*b") == [.init(words: ["a", "b"])])
        #expect(try terms("foo AND bar:baz").map(\.words) == [["foo"], ["and"], ["bar", "baz"]])
    }

    @Test func whatIsNoQueryIsRefusedWithItsReason() {
        for text in ["", " ", "!", "\"\"", "\"…\"", "\u{0}", "🎉"] { #expect(fault(text) == .empty) }
        for text in ["\"", "a \"b", "\"a\" \""] { #expect(fault(text) == .openPhrase) }
        for text in ["*", "a*", "foo *", "\"foo\"*", "é*", "a-b*", "-*"] {
            #expect(fault(text) == .shortPrefix, "\(text)")
        }
        let words = (1...10).map { "w\($0)" }.joined(separator: " ")
        #expect(fault(words) == nil)
        #expect(fault(words + " x") == .tooManyTerms)
        #expect(fault(String(repeating: "a", count: 200)) == nil)
        #expect(fault(String(repeating: "a", count: 201)) == .tooLong)
    }

    @Test func itMatchesWhatHoldsAllOfIt() throws {
        let text = SearchText(["The quick brown fox, the brown dog: Öl"])
        for query in [
            "quick", "QUICK fox", "\"brown dog\"", "\"the brown d\" the", "qui*", "br* do*", "ol",
        ] {
            let isWhole = query != "\"the brown d\" the"
            #expect(try SearchQuery(query).matches(text) == isWhole, "\(query)")
        }
        for query in ["quic", "\"quick fox\"", "cat", "fox cat", "\"dog the\"", "olx*"] {
            #expect(try !SearchQuery(query).matches(text), "\(query)")
        }
    }
}
