import Foundation
import TestKit
import Testing

@testable import Web

/// Whatever comes in: the reader ends, within its bounds, and agrees with what others read.
@Suite struct JSONFuzzTests {
    private let seed = Samples.seed

    private static let documents = [
        #"{"recipient":"+15551230002","message":"Where does the swift sleep?","id":"x"}"#,
        #"{"sender":"a.b.c","recipient_group":null,"client_timestamp":1767225600000}"#,
        #"{"content":{"type":"text","text":"\ud83e\udeb6 \u0041\n\"\\\/"},"list":[1,-2.5e3,[]]}"#,
        #"{"a":{"b":{"c":{"d":[[[[true,false,null]]]]}}},"e":"é€🪶"}"#,
        #"{"phone":"+15551230001","name":"Ada","device_name":""}"#,
        "{}",
    ]

    // MARK: Bytes

    @Test func changedDocumentsAreReadOrRefused() throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<30_000 {
            var bytes = Array(Self.documents[Int.random(in: 0..<6, using: &random)].utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) { change(&bytes, &random) }
            try check(bytes)
        }
    }

    @Test func chainsOfMeaningfulBytesAreReadOrRefused() throws {
        var random = SeededRandom(seed: seed)
        let pieces: [[UInt8]] =
            [
                "{", "}", "[", "]", "\"", ":", ",", "\\", "\\u", "\\ud83e", "\\udeb6", "d8", "0",
                "1", "-", ".", "e", "E", "+", "true", "null", "fals", "a", " ", "\n", "\t",
                "{\"a\":",
                "🪶",
            ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0x80], [0x00], [0xED, 0xA0, 0x80]]
        for _ in 0..<30_000 {
            var bytes: [UInt8] = Bool.random(using: &random) ? Array("{\"a\":".utf8) : []
            for _ in 0..<Int.random(in: 0...24, using: &random) {
                bytes += pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }
            if Bool.random(using: &random) { bytes += Array("}".utf8) }
            try check(bytes)
        }
    }

    private func change(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let other = Int.random(in: place...bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        case 1: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
        case 2: bytes.remove(at: place)
        case 3: bytes.removeSubrange(other...)
        case 4: bytes.insert(contentsOf: bytes[place..<other], at: place)
        default: bytes[place] = UInt8(ascii: "\"")
        }
    }

    /// Reads, and holds what is read against the bounds, against itself and against Foundation's reader.
    private func check(_ bytes: [UInt8]) throws {
        let object: JSONObject
        do {
            object = try JSONObject(bytes)
        } catch {
            #expect(error.code == .invalidJSON)
            return
        }
        let context: Comment = "seed \(seed): \(String(decoding: bytes, as: UTF8.self))"
        #expect(JSONSample.depth(.object(object)) <= JSONObject.depthMax, context)
        #expect(JSONSample.widest(.object(object)) <= JSONObject.membersMax, context)
        let again = try JSONObject(Array(JSONSample.text(.object(object)).utf8))
        #expect(again == object, context)
        // The other reader has opinions about numbers that are neither whole nor small.
        guard !JSONSample.hasOtherNumbers(.object(object)) else { return }
        let value = try JSONSerialization.jsonObject(with: Data(bytes))
        #expect(JSONSample.isSame(.object(object), value), context)
    }

    // MARK: Values

    @Test func everyValueIsReadAsItWasWritten() throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<3000 {
            let value = JSONSample.object(depth: 1, &random)
            let text = JSONSample.text(value, &random)
            let read = try JSONObject(Array(text.utf8))
            #expect(JSONObject.Value.object(read) == value, "seed \(seed): \(text)")
        }
    }

    @Test func everyPrefixOfADocumentIsRefused() {
        for document in Self.documents {
            let bytes = Array(document.utf8)
            for count in 0..<bytes.count {
                #expect(throws: Problem.self, "\(document.prefix(20)) \(count)") {
                    try JSONObject(bytes.prefix(count))
                }
            }
        }
    }

    @Test func sequencesThatAreNotInOnePieceAreReadTheSame() throws {
        for document in Self.documents {
            let whole = try JSONObject(Array(document.utf8))
            #expect(try JSONObject(document.utf8) == whole)
            #expect(try JSONObject(AnySequence(Array(document.utf8))) == whole)
        }
    }
}
