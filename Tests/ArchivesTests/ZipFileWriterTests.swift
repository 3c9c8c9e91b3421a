import Events
import Foundation
import Testing

@testable import Archives

@Suite struct ZipFileWriterTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func writer(_ path: String) throws -> ZipFileWriter {
        let writer = try ZipFileWriter(path: path, at: Samples.day.times.lowerBound)
        writer.begin("a.txt")
        try writer.append(Array("one, ".utf8))
        try writer.append(Array("two".utf8))
        return writer
    }

    @Test func afterItsEndNothingIsTaken() throws {
        let writer = try writer(folder.file("a.zip"))
        #expect(writer.byteCount == 8)
        try writer.finish()
        #expect(throws: archiveError(.unwritable)) { try writer.append([1]) }
        #expect(throws: archiveError(.unwritable)) { try writer.finish() }
        #expect(writer.byteCount == 0)
    }

    @Test func whoeverNoLongerWantsItNeedNotWaitForIt() throws {
        let path = folder.file("a.zip")
        let writer = try writer(path)
        #expect(throws: archiveError(.unwritable)) { try writer.finish { true } }
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(writer.byteCount == 0)
    }

    #if os(Linux)
    /// How many files without a name this process holds open that were beside a path.
    private func namelessFiles(beside path: String) throws -> Int {
        let folder = "/proc/self/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).count { name in
            // One that was closed meanwhile is another test's.
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "\(folder)/\(name)"
            )
            return target?.hasPrefix(path + ".lines") == true
        }
    }

    @Test func whatWasCompressedGoesFromTheDiskThoughTheWriterStays() throws {
        let path = folder.file("a.zip")
        let writer = try writer(path)
        #expect(try namelessFiles(beside: path) == 1)
        try writer.finish()
        #expect(try namelessFiles(beside: path) == 0)
        #expect(FileManager.default.fileExists(atPath: path))
        withExtendedLifetime(writer) {}
    }

    @Test func itGoesThoughTheZipCanNotBeWritten() throws {
        let path = folder.file("a.zip")
        let writer = try writer(path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        #expect(throws: ArchiveError.self) { try writer.finish() }
        #expect(try namelessFiles(beside: path) == 0)
        withExtendedLifetime(writer) {}
    }
    #endif
}
