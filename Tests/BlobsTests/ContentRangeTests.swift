import Testing

@testable import Blobs

@Suite struct ContentRangeTests {
    @Test func rangesAreRead() {
        #expect(ContentRange("bytes 0-9/1000")?.range == 0..<10)
        #expect(ContentRange("bytes 0-9/1000")?.size == 1000)
        #expect(ContentRange("bytes 999-999/1000")?.range == 999..<1000)
        #expect(ContentRange("bytes 5-5/*")?.range == 5..<6)
        #expect(ContentRange("bytes 5-5/*")?.size == nil)
    }

    @Test(arguments: [
        "", "bytes", "bytes ", "bytes 0-9", "bytes 0-9/", "bytes 9-0/10", "bytes 0-10/10",
        "bytes -1-5/10",
        "bytes +0-5/10", "bytes 0-9/10/11", "bytes */10", "items 0-9/10", "bytes 0-9/-1",
        "bytes 0 - 9/10",
        "bytes 0-9223372036854775807/*", "bytes 0-99999999999999999999/*", "bytes 0x0-0x9/10",
    ])
    func otherTextsAreNone(_ text: String) {
        #expect(ContentRange(text) == nil)
    }
}
