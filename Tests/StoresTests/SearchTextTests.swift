import Conversations
import Events
import SwiftProtobuf
import Testing

@testable import Stores

/// What the words of a text are.
@Suite struct SearchTextTests {
    private func words(_ text: String) -> String {
        String(decoding: SearchText([text]).bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("Hello, World!", "hello world"), ("e-mail ada@example.org", "e mail ada example org"),
        ("don't", "don t"), ("  a\n\tb  ", "a b"), ("+1 555-123", "1 555 123"), ("", ""),
        ("…!?\u{0}", ""), ("a\u{0}b", "a b"), ("🎉 party🎉time", "party time"),
    ])
    func wordsArePartedByWhatIsNoLetterOrDigit(text: String, expected: String) {
        #expect(words(text) == expected)
    }

    @Test(arguments: [
        ("ÀÉÎÕÜ", "aeiou"), ("Straße STRASSE", "strasse strasse"), ("İstanbul", "istanbul"),
        ("smørrebrød Łódź", "smorrebrod lodz"), ("Ἑλλάς ΕΛΛΑΣ", "ελλασ ελλασ"),
        ("Ёлка", "елка"), ("e\u{301}te\u{301}", "ete"), ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد أحمد", "محمد احمد"),
        ("ＡＢＣ１２", "abc12"), ("٣٤", "34"),
        ("co\u{AD}operate zero\u{200B}width", "cooperate zero width"),
    ])
    func caseAndDiacriticsMakeNoDifference(text: String, expected: String) {
        #expect(words(text) == expected)
    }

    @Test(arguments: [
        ("東京タワー", "東 京 タ ワ ー"), ("go東京!", "go 東 京"), ("สวัสดี", "ส ว ั ส ด ี"),
        ("안녕 세상", "안녕 세상"), ("\u{1112}\u{1161}\u{11AB}", "한"), ("カ\u{3099}", "ガ"),
        ("नमस्ते", "नमस्ते"),
    ])
    func whereThereAreNoSpacesEveryCharacterIsAWord(text: String, expected: String) {
        #expect(words(text) == expected)
    }

    @Test func longWordsAreCutAndTheRestOfTheirLettersIsNoWord() {
        let long = String(repeating: "x", count: 100)
        #expect(SearchText.tokens(of: long + " y") == [String(repeating: "x", count: 64), "y"])
        let wide = String(repeating: "x", count: 63) + "яz"
        #expect(SearchText.tokens(of: wide) == [String(repeating: "x", count: 63)])
    }

    @Test func soManyWordsAndNoMore() {
        let text = SearchText([String(repeating: "a ", count: 5000), "b"])
        #expect(text.tokens.count == SearchText.wordsMax)
        let longest = String(repeating: "京", count: Limits.messageCharactersMax)
        #expect(SearchText.tokens(of: longest).count == Limits.messageCharactersMax)
    }

    @Test func whatAPersonReadsOfAContentIsInIt() throws {
        func words(_ change: (inout PBContent) -> Void) throws -> [String] {
            var content = PBContent()
            change(&content)
            let bytes: [UInt8] = try content.serializedBytes()
            return SearchText(of: bytes[...]).tokens
        }
        let media = try words {
            $0.media.mediaID = "secret"
            $0.media.mimeType = "image/png"
            $0.media.caption = "At the lake"
            $0.media.fileName = "IMG_1.png"
        }
        #expect(media == ["at", "the", "lake", "img", "1", "png"])
        #expect(try words { $0.location.name = "Café Central" } == ["cafe", "central"])
        #expect(try words { $0.liveLocation.start.name = "Home" } == ["home"])
        let contact = try words {
            $0.contact.name = "Bob"
            $0.contact.addresses = ["+1555"]
        }
        #expect(contact == ["bob", "1555"])
        let poll = try words {
            $0.poll.question = "When?"
            $0.poll.options = ["Monday", "Never"]
        }
        #expect(poll == ["when", "monday", "never"])
        #expect(try words { $0.voiceNote.mediaID = "secret" } == [])
        #expect(SearchText(of: MessageContent.encodedText("Hi".utf8)).tokens == ["hi"])
        #expect(SearchText(of: [0xFF, 0xFF]).tokens == [])
        #expect(SearchText(of: []).tokens == [])
    }

    @Test(arguments: UInt64(1)...50)
    func whateverComesInWordsAreLettersAndDigitsPartedBySpaces(seed: UInt64) {
        var random = SeededRandom(state: seed)
        let bytes = (0..<2000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let scalars = (0..<2000).compactMap { _ in
            Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &random))
        }
        var mixed = String.UnicodeScalarView()
        mixed.append(contentsOf: scalars)
        for text in [String(decoding: bytes, as: UTF8.self), String(mixed)] {
            let words = SearchText([text])
            let again = SearchText([words.tokens.joined(separator: " ")])
            #expect(again.tokens == words.tokens, "seed \(seed)")
            let ascii = words.bytes.filter { $0 < 0x80 }.map { Character(Unicode.Scalar($0)) }
            #expect(
                ascii.allSatisfy { $0 == " " || $0.isLowercase || $0.isNumber },
                "seed \(seed)"
            )
        }
        let read = SearchText([String(decoding: bytes, as: UTF8.self)])
        #expect(SearchText(utf8: bytes[...]).tokens == read.tokens, "seed \(seed)")
    }
}
