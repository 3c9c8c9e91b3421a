import Conversations
import Events
import SwiftProtobuf
import Testing

/// What messages may say.
@Suite struct ContentTests {
    private func fault(_ bytes: ArraySlice<UInt8>) -> MessageContent.Fault? {
        do throws(MessageContent.Fault) {
            _ = try MessageContent(checking: bytes)
            return nil
        } catch {
            return error
        }
    }

    private func fault(_ content: PBContent.OneOf_Content) -> MessageContent.Fault? {
        fault(Samples.content(content))
    }

    private func text(_ count: Int, _ character: String = "x") -> String {
        String(repeating: character, count: count)
    }

    @Test func textIsValidExactlyWhenTheStandardLibrarySaysSo() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<50_000 {
            let bytes = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                random.one(
                    of: [
                        0x41, 0x80, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xED, 0xF0, 0xF4, 0xF5, 0xFF,
                    ] as [UInt8]
                )
            }
            let isText = (try? MessageText(bytes[...])) != nil
            #expect(isText == (String(validating: bytes, as: UTF8.self) != nil))
        }
    }

    @Test func theLongestTextFits() {
        #expect(fault(Samples.text(text(4096, "\u{1F600}"))) == nil)
        #expect(fault(Samples.text(text(4097))) == .tooLong)
        #expect(fault(Samples.text("")) == .invalid)
        #expect(fault([]) == .unknown)
    }

    @Test func everyReaderSeesTheSameText() throws {
        // A text that is there twice, the first time not in UTF-8: readers that look at all of it would stumble.
        let bad: [UInt8] = [0x0A, 0x03, 0x0A, 0x01, 0xFF, 0x0A, 0x00]
        let good = Array(Samples.text("ok"))
        #expect(fault(bad[...]) == .invalid)
        #expect(fault((Array(bad[..<5]) + good)[...]) == .invalid)
        let inner: [UInt8] = [0x0A, 0x07, 0x0A, 0x01, 0xFF, 0x0A, 0x02, 0x6F, 0x6B]
        #expect(fault(inner[...]) == .invalid)
        #expect(MessageContent.text(in: inner[...]) == nil)
        // Twice and valid: what the generated decoder makes of it.
        let twice = Array(Samples.text("one")) + Array(Samples.text("two"))
        let content = try PBContent(serializedBytes: twice)
        let checked = try MessageContent(checking: twice[...])
        #expect(checked == .text(try MessageText(Array(content.text.text.utf8)[...])))
        #expect(MessageContent.text(in: Samples.text("ok")) == Array("ok".utf8)[...])
    }

    @Test func whatIsNotKnownIsBoundedToo() throws {
        // A field 15 of so many bytes beside a place.
        func padded(_ count: Int) throws -> ArraySlice<UInt8> {
            var writer = ProtobufWriter(capacity: count + 64)
            writer.slice(3, Samples.location())
            writer.slice(15, [UInt8](repeating: 0, count: count)[...])
            return writer.bytes[...]
        }
        #expect(fault(try padded(100)) == nil)
        #expect(fault(try padded(16 * 1024)) == .tooLong)
    }

    @Test func lengthsAreCountedInScalars() {
        // As one sees them these are single characters, however many scalars they have.
        let accents = "e" + text(2000, "\u{301}")
        let media = PBMedia.with {
            $0.mediaID = "m"
            $0.mimeType = "image/png"
        }
        var captioned = media
        captioned.caption = text(1024)
        #expect(fault(.media(captioned)) == nil)
        captioned.caption = accents
        #expect(fault(.media(captioned)) == .invalid)
        var named = media
        named.fileName = text(255)
        #expect(fault(.media(named)) == nil)
        named.fileName = accents
        #expect(fault(.media(named)) == .invalid)
        var poll = PBPoll.with {
            $0.question = text(255)
            $0.options = ["yes", "no"]
        }
        #expect(fault(.poll(poll)) == nil)
        poll.question = accents
        #expect(fault(.poll(poll)) == .invalid)
    }

    @Test func mediaNamesItsFileAndItsType() {
        #expect(fault(.media(.with { $0.mediaID = "m" })) == .invalid)
        #expect(fault(.media(.with { $0.mimeType = "image/png" })) == .invalid)
    }

    @Test func aPollHas2To12OptionsOf1To100Characters() {
        func poll(_ options: [String], _ question: String = "?") -> MessageContent.Fault? {
            fault(
                .poll(
                    .with {
                        $0.question = question
                        $0.options = options
                    }
                )
            )
        }
        #expect(poll(["a"]) == .invalid)
        #expect(poll(["a", "b"]) == nil)
        #expect(poll(["a", "b"], "") == .invalid)
        #expect(poll((0..<12).map { "\($0)" }) == nil)
        #expect(poll((0..<13).map { "\($0)" }) == .invalid)
        #expect(poll(["a", ""]) == .invalid)
        #expect(poll(["a", text(101)]) == .invalid)
        #expect(
            (try? MessageContent(checking: Samples.poll(5, isMultiple: true)))?.form
                == .poll(options: 5, isMultiple: true)
        )
    }

    @Test func aPlaceIsOnEarth() {
        func place(_ latitude: Int32, _ longitude: Int32) -> MessageContent.Fault? {
            fault(
                .location(
                    .with {
                        $0.latitudeE7 = latitude
                        $0.longitudeE7 = longitude
                    }
                )
            )
        }
        #expect(place(900_000_000, -1_800_000_000) == nil)
        #expect(place(900_000_001, 0) == .invalid)
        #expect(place(0, -1_800_000_001) == .invalid)
        #expect(place(.min, .max) == .invalid)
        #expect(fault(Samples.liveLocation(until: Timestamp(milliseconds: 0))) == .invalid)
    }

    @Test func aContactHas1To8Addresses() {
        func contact(_ addresses: Int, _ name: String = "Ada") -> MessageContent.Fault? {
            fault(
                .contact(
                    .with {
                        $0.name = name
                        $0.addresses = (0..<addresses).map { "mailto:\($0)@example.org" }
                    }
                )
            )
        }
        #expect(contact(0) == .invalid)
        #expect(contact(8) == nil)
        #expect(contact(9) == .invalid)
        #expect(contact(1, "") == .invalid)
    }

    @Test func aVoiceNoteLastsSomeTime() {
        let silent = PBVoiceNote.with { $0.mediaID = "v" }
        #expect(fault(.voiceNote(silent)) == .invalid)
        var note = silent
        note.durationMs = 1
        #expect(fault(.voiceNote(note)) == nil)
    }

    @Test func damagedContentsNeverTrap() {
        var random = SeededRandom(seed: 11)
        let end = Samples.noon + .seconds(60)
        let originals = [
            Samples.text("hello"), Samples.poll(), Samples.liveLocation(until: end),
        ].map { Array($0) }
        for _ in 0..<20_000 {
            var bytes = random.one(of: originals)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            }
            // Whatever passes can be read by the generated decoder.
            guard fault(bytes[...]) == nil else { continue }
            #expect((try? PBContent(serializedBytes: bytes)) != nil, "\(bytes)")
        }
    }
}
