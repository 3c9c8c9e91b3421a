import Testing

@testable import Web

@Suite struct JSONReaderTests {
    private func read(_ text: String) throws -> JSONObject { try JSONObject(Array(text.utf8)) }

    /// What the reader says of a value in an object.
    private func value(_ text: String) -> JSONObject.Value? {
        (try? read("{\"a\":\(text)}"))?.members.first?.value
    }

    private func isRefused(_ bytes: [UInt8]) -> Bool {
        do {
            _ = try JSONObject(bytes)
            return false
        } catch {
            return error.code == .invalidJSON
        }
    }

    private func isRefused(_ text: String) -> Bool { isRefused(Array(text.utf8)) }

    // MARK: Objects

    @Test func membersComeInTheirOrder() throws {
        let object = try read(" {\t\"b\" : 1 ,\r\n\"a\":[true,false,null,{}] } \n")
        #expect(object.members.map(\.name) == ["b", "a"])
        #expect(object["b"] == .integer(1))
        #expect(object["a"] == .array([.bool(true), .bool(false), .null, .object(try read("{}"))]))
        #expect(object["c"] == nil)
    }

    @Test func aMemberThatIsNullCountsAsNotThere() throws {
        let object = try read(#"{"a":null}"#)
        #expect(object["a"] == nil)
        #expect(try object.string("a") == nil)
        #expect(try object.integer("a") == nil)
    }

    @Test func aMemberOfAnotherTypeIsRefusedWithTheCallersCode() throws {
        let object = try read(#"{"s":"x","i":1,"f":1.5,"b":true,"o":{},"l":[]}"#)
        for name in ["i", "f", "b", "o", "l"] {
            #expect(throws: Problem(.invalidMessage, "\(name) must be a string")) {
                try object.string(name, or: .invalidMessage)
            }
        }
        for name in ["s", "f", "b", "o", "l"] {
            #expect(throws: Problem(.invalidField, "\(name) must be a whole number")) {
                try object.integer(name)
            }
        }
        for name in ["s", "i", "f", "o", "l"] {
            #expect(throws: Problem(.invalidField, "\(name) must be true or false")) {
                try object.bool(name)
            }
        }
        for name in ["s", "b", "o", "l"] {
            #expect(throws: Problem(.invalidField, "\(name) must be a number")) {
                try object.number(name)
            }
        }
        for name in ["s", "i", "f", "b", "l"] {
            #expect(throws: Problem(.invalidField, "\(name) must be an object")) {
                try object.object(name)
            }
        }
        for name in ["s", "i", "f", "b", "o"] {
            #expect(throws: Problem(.invalidField, "\(name) must be a list")) {
                try object.strings(name)
            }
        }
        let mixed = try read(#"{"l":["x",1]}"#)
        #expect(throws: Problem(.invalidField, "l must be a list of strings")) {
            try mixed.strings("l")
        }
    }

    @Test func membersAreGivenAsWhatTheyAre() throws {
        let object = try read(#"{"i":1,"f":1.5,"b":true,"o":{"x":1},"l":["x","y"],"n":null}"#)
        #expect(try object.number("i") == 1)
        #expect(try object.number("f") == 1.5)
        #expect(try object.bool("b") == true)
        #expect(try object.object("o")?.integer("x") == 1)
        #expect(try object.strings("l") == ["x", "y"])
        for name in ["n", "none"] {
            #expect(try object.number(name) == nil)
            #expect(try object.bool(name) == nil)
            #expect(try object.object(name) == nil)
            #expect(try object.strings(name) == nil)
        }
    }

    @Test func aNameThatComesTwiceIsRefusedHoweverItIsWritten() {
        #expect(isRefused(#"{"a":1,"a":1}"#))
        #expect(isRefused(#"{"a":1,"\u0061":2}"#))
        #expect(isRefused(#"{"x":{"a":1,"b":2,"a":3}}"#))
        #expect(isRefused(#"{"a":null,"a":1}"#))
        #expect(!isRefused(#"{"a":{"a":1},"A":1}"#))
    }

    @Test func onlyAWholeObjectIsTaken() {
        let texts = [
            "", " ", "null", "[]", "\"a\"", "1", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1",
            "{\"a\":1,", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{a:1}", "{'a':1}", "{\"a\":1}x",
            "{}{}", "{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":[1 2]}", "{\"a\":[1}", "{\"a\":}",
            "\u{FEFF}{}", "//x\n{}", "{\"a\":undefined}", "{\"a\":nul}", "{\"a\":truer}",
            "{\"a\":TRUE}", "{\"a\":\u{A0}1}", "{1:2}", "{null:2}",
        ]
        for text in texts { #expect(isRefused(text), "\(text)") }
        #expect(!isRefused("{}"))
    }

    // MARK: Bounds

    @Test func nestingIsBounded() {
        let max = JSONObject.depthMax
        func nested(_ open: String, _ close: String, _ count: Int) -> String {
            let opened = String(repeating: open, count: count - 1)
            return "{\"a\":" + opened + "1" + String(repeating: close, count: count - 1) + "}"
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            #expect(!isRefused(nested(open, close, max)), "\(open)")
            #expect(isRefused(nested(open, close, max + 1)), "\(open)")
            // Far more than a stack holds.
            #expect(isRefused(nested(open, close, 1_000_000)), "\(open)")
        }
        #expect(isRefused(String(repeating: "{\"a\":[", count: 100_000)))
    }

    @Test func membersAndElementsAreBounded() {
        let max = JSONObject.membersMax
        func object(_ count: Int) -> String {
            "{" + (0..<count).map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        }
        func array(_ count: Int) -> String {
            "{\"a\":[" + Array(repeating: "0", count: count).joined(separator: ",") + "]}"
        }
        #expect(!isRefused(object(max)))
        #expect(isRefused(object(max + 1)))
        #expect(!isRefused(array(JSONObject.elementsMax)))
        #expect(isRefused(array(JSONObject.elementsMax + 1)))
    }

    // MARK: Numbers

    @Test func wholeNumbersOfSixtyFourBitsAreReadExactly() {
        let cases: [(String, Int64)] = [
            ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("9007199254740993", 9_007_199_254_740_993),
            ("9223372036854775807", .max), ("-9223372036854775808", .min),
        ]
        for (text, number) in cases { #expect(value(text) == .integer(number), "\(text)") }
    }

    @Test func otherNumbersAreAsNearAsTheyGet() {
        let cases: [(String, Double)] = [
            ("1.0", 1), ("-0.5", -0.5), ("1e3", 1000), ("1E+3", 1000), ("1e-3", 0.001),
            ("9223372036854775808", 9_223_372_036_854_775_808), ("52.5200066", 52.5200066),
            ("1e999999999", .infinity), ("-1e999", -.infinity), ("1e-999999999", 0),
        ]
        for (text, number) in cases { #expect(value(text) == .number(number), "\(text)") }
    }

    @Test func numbersOfAnyLengthAreRead() {
        let long = String(repeating: "9", count: 10_000)
        let texts = [
            "1.5e300", "-9223372036854775809", long, "0.\(long)", "1e\(long)",
        ]
        for text in texts {
            guard case .number? = value(text) else {
                Issue.record("\(text.prefix(20))")
                continue
            }
        }
    }

    @Test func whatIsNearlyANumberIsRefused() {
        let texts = [
            "01", "-01", "00", "+1", "-", "--1", ".5", "1.", "1.e3", "1e", "1e+", "0x1", "1_000",
            "NaN", "Infinity", "-Infinity", "1,5", "１", "1 2", "1e1.5",
        ]
        for text in texts { #expect(isRefused("{\"a\":\(text)}"), "\(text)") }
    }

    // MARK: Strings

    @Test func escapesAreRead() {
        let cases = [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""\u0041\u00e9\u20AC""#, "Aé€"),
            (#""\ud83e\udeb6 \uD83E\uDEB6""#, "🪶 🪶"),
            (#""\u0000""#, "\u{0}"),
            (#""\uFFFF\ud7ff\ue000""#, "\u{FFFF}\u{D7FF}\u{E000}"),
            (#""\ud800\udc00\udbff\udfff""#, "\u{10000}\u{10FFFF}"),
            ("\"🪶\u{7F}\"", "🪶\u{7F}"),
            (#""""#, ""),
        ]
        for (text, expected) in cases {
            guard case .string(let read) = value(text) else {
                Issue.record("\(text)")
                continue
            }
            #expect(Array(read.utf8) == Array(expected.utf8), "\(text)")
        }
    }

    @Test func halvesOfSurrogatePairsAreRefused() {
        let texts = [
            #""\ud800""#, #""\udc00""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\u0041""#,
            #""\ud800\ud800""#, #""\udc00\ud800""#, #""\ud800\u""#, #""\ud800\udc0""#,
            #""\uDFFF\uDFFF""#, #""\ud83e\\udeb6""#,
        ]
        for text in texts { #expect(isRefused("{\"a\":\(text)}"), "\(text)") }
    }

    @Test func brokenEscapesAndStringsAreRefused() {
        let texts = [
            #""\""#, #""\x""#, #""\u""#, #""\u1""#, #""\u12""#, #""\u123""#, #""\u123g""#,
            #""\u+123""#, #""\U0041""#, "\"", "\"a", "\"\n\"", "\"\t\"", "\"\u{0}\"",
            "\"\u{1F}\"", #""\"#, #""\u00"#, #""a\"#, "'a'",
        ]
        for text in texts { #expect(isRefused("{\"a\":\(text)}"), "\(text)") }
        for text in texts { #expect(isRefused("{\"a\":\(text)"), "\(text), cut off") }
        for text in texts { #expect(isRefused("{\(text):1}"), "\(text) as a name") }
    }

    @Test func textThatIsNoUTF8IsRefused() {
        let sequences: [[UInt8]] = [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80],
            [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
            [0xFE], [0xFF],
        ]
        for sequence in sequences {
            for escape in ["", "\\n"] {
                let start = Array("{\"a\":\"\(escape)".utf8)
                #expect(isRefused(start + sequence + Array("\"}".utf8)), "\(sequence) \(escape)")
                #expect(isRefused(start + sequence), "\(sequence) \(escape), cut off")
            }
            let name = Array("{\"".utf8) + sequence + Array("\":1}".utf8)
            #expect(isRefused(name), "\(sequence) in a name")
            #expect(isRefused(sequence + Array("{}".utf8)), "\(sequence) before")
            #expect(isRefused(Array("{}".utf8) + sequence), "\(sequence) after")
        }
    }

    @Test func whatIsWrongIsSaidWithoutTheContent() {
        do {
            _ = try read(#"{"secret":"secret","x":secret}"#)
            Issue.record("was taken")
        } catch let problem as Problem {
            #expect(!problem.detail.contains("secret"))
        } catch {
            Issue.record("\(error)")
        }
    }
}
