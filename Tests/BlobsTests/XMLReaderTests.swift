import Foundation
import Testing

@testable import Blobs

@Suite struct XMLReaderTests {
    private func root(_ text: String) throws -> XMLElement {
        try XMLReader.root(of: Array(text.utf8))
    }

    @Test func elementsTextAndReferencesAreRead() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment with <tags> -->
            <List xmlns="http://s3.amazonaws.com/doc/2006-03-01/" odd='>'>
              <Key>a &lt;&gt;&amp;&quot;&apos; &#228;&#xE4; b</Key ><Empty/><Empty  />
              <Key>second</Key>
            </List>

            """
        let list = try root(text)
        #expect(list.name == "List")
        #expect(list.children.map(\.name) == ["Key", "Empty", "Empty", "Key"])
        #expect(list["Key"]?.text == "a <>&\"' ää b")
        #expect(list.all("Key").map(\.text) == ["a <>&\"' ää b", "second"])
        #expect(list["Empty"]?.text == "")
        #expect(list["None"]?.text == nil)
        #expect(try root("<a/>").name == "a")
        #expect(try root("<a/>\n").name == "a")
        #expect(try root("<a></a>").text == "")
    }

    @Test(arguments: [
        "", " ", "text", "<", "<a", "<a>", "<a></b>", "<a></a", "</a>", "<a/><b/>", "<a></a>text",
        "text<a/>", "<a b=\"></a>", "<a>&unknown;</a>", "<a>&lt</a>", "<a>&#xD800;</a>",
        "<a>&#;</a>",
        "<a>&;</a>", "<a>&#99999999;</a>", "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<?xml",
        "<!-- ", "<a><![CDATA[x]]></a>", "< a/>", "<a/ >", "<a <b/></a>", "<ä/>",
    ])
    func whatIsMalformedIsRefused(_ text: String) {
        #expect(throws: XMLReader.Malformed.self) { try root(text) }
    }

    @Test func depthAndNumberAreBounded() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(throws: Never.self) { try root(nested(XMLReader.depthMax)) }
        #expect(throws: XMLReader.Malformed.self) { try root(nested(XMLReader.depthMax + 1)) }
        let many = "<a>" + String(repeating: "<b/>", count: XMLReader.elementsMax) + "</a>"
        #expect(throws: XMLReader.Malformed.self) { try root(many) }
    }

    @Test func bytesThatAreNoUTF8AreRefused() {
        let bytes = Array("<a>".utf8) + [0xFF, 0xFE] + Array("</a>".utf8)
        #expect(throws: XMLReader.Malformed.self) { try XMLReader.root(of: bytes) }
    }

    @Test func whateverComesIsReadOrRefused() {
        let seed = UInt64.random(in: 1...999_999_999)
        let valid = Array("<?xml?><a x='1'><!-- c --><b>t&amp;&#65;</b><c/></a>".utf8)
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        for round in 0..<20_000 {
            var bytes = valid
            for _ in 0...next(4) {
                let place = next(bytes.count)
                switch next(3) {
                case 0: bytes[place] = UInt8(next(256))
                case 1: bytes.remove(at: place)
                default: bytes.insert(valid[next(valid.count)], at: place)
                }
            }
            do throws(XMLReader.Malformed) {
                let root = try XMLReader.root(of: bytes)
                #expect(!root.name.isEmpty, "seed \(seed), round \(round)")
            } catch {
                continue
            }
        }
    }
}
