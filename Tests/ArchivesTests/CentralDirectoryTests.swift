import Testing

@testable import Archives

@Suite struct CentralDirectoryTests {
    /// A record of that name, with so many bytes of what is said besides.
    private static func record(_ name: String, extra: Int = 0) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 46)
        bytes.replaceSubrange(0..<4, with: [0x50, 0x4B, 1, 2])
        bytes[28] = UInt8(name.utf8.count)
        bytes[30] = UInt8(extra)
        return bytes + Array(name.utf8) + [UInt8](repeating: 7, count: extra)
    }

    private static func directory(_ records: [[UInt8]]) throws -> CentralDirectory {
        try CentralDirectory(Stretch(start: 1000, bytes: records.flatMap { $0 }[...]))
    }

    @Test func eachRecordIsFoundWhateverTheOrderAndTheirLengths() throws {
        let names = (0..<200).map { "entry-\($0 * 7919 % 200)" }
        let records = names.enumerated().map { Self.record($1, extra: $0 % 40) }
        let directory = try Self.directory(records)
        #expect(directory.count == 200)
        for (name, record) in zip(names, records) {
            #expect(directory.record(of: name).map(Array.init) == record, "\(name)")
        }
        for name in ["", "a", "entry-", "entry-200", "entry-1990", "z"] {
            #expect(directory.record(of: name) == nil, "\(name)")
        }
    }

    @Test func anEmptyDirectoryHasNothing() throws {
        let directory = try Self.directory([])
        #expect(directory.count == 0)
        #expect(directory.record(of: "a") == nil)
    }

    @Test func aNameThatIsThereTwiceIsRefused() {
        #expect(throws: ArchiveError.self) {
            try Self.directory([Self.record("a"), Self.record("b"), Self.record("a", extra: 3)])
        }
    }

    @Test func whatIsNoRecordOrEndsTooEarlyIsRefused() {
        let record = Self.record("a", extra: 5)
        for count in 1..<record.count {
            #expect(throws: ArchiveError.self, "\(count) bytes") {
                try Self.directory([Self.record("b"), Array(record.prefix(count))])
            }
        }
        #expect(throws: ArchiveError.self) {
            try Self.directory([[UInt8](repeating: 0, count: 60)])
        }
    }
}
