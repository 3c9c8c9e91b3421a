import Testing

@testable import Blobs

@Suite struct BlobKeyTests {
    @Test(arguments: [
        "a", "A-Z_0.9", "archives/2026/01/02/03-0123456789abcdef.zip", "...", ".a", "a.", "..a/b..",
        "-", "_", "a/b/c/d/e/f",
    ])
    func keysThatNeedNoEscapeAreTaken(_ text: String) throws {
        #expect(try BlobKey(text).description == text)
    }

    @Test(arguments: [
        "", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "./a", "a/../b", "a b",
        "a\\b", "a%2Fb", "ä", "a\0", "a\n", "~a", "a?b", "a#b", "a+b", "a:b", "a*b", "日本語",
    ])
    func otherKeysAreRefused(_ text: String) {
        #expect(throws: BlobError(.invalid, "")) { try BlobKey(text) }
    }

    @Test func lengthsAreBounded() throws {
        let segment = String(repeating: "x", count: 255)
        #expect(try BlobKey("\(segment)/\(segment)").segments == [segment, segment])
        #expect(throws: BlobError.self) { try BlobKey("\(segment)x") }
        #expect(throws: BlobError.self) { try BlobKey("\(segment)/\(segment)/x") }
    }

    @Test func keysOrderAsTheirBytesDo() throws {
        let keys = try ["b", "a/b", "a", "a-b", "A", "aa", "0"].map { try BlobKey($0) }
        #expect(keys.sorted().map(\.description) == ["0", "A", "a", "a-b", "a/b", "aa", "b"])
    }
}
