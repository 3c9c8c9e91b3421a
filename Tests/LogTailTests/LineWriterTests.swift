import Foundation
import Testing

@testable import LogTail

@Suite struct LineWriterTests {
    private let pipe = Pipe()

    @Test func linesArriveWhenTheyArePassedOn() throws {
        let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        try writer.write("one")
        try writer.write("two")
        try writer.flush()
        try writer.flush()
        #expect(pipe.fileHandleForReading.availableData == Data("one\ntwo\n".utf8))
        #expect(!writer.isTerminal && !writer.isColoured && writer.columns == nil)
    }

    @Test func aReaderWhoHasGoneIsNoticedEvenWithNothingToTell() throws {
        let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        try writer.flush()
        try pipe.fileHandleForReading.close()
        #expect(throws: LineWriter.ReaderGone.self) { try writer.flush() }
        try writer.write("one")
        #expect(throws: LineWriter.ReaderGone.self) { try writer.flush() }
    }

    @Test func whatIsToldIsPassedOnAtOnceAndNeedNotBeHeard() throws {
        let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        writer.tell(["one", "two"])
        writer.tell("three")
        #expect(pipe.fileHandleForReading.availableData == Data("one\ntwo\nthree".utf8))
        try pipe.fileHandleForReading.close()
        writer.tell(["four"])
        writer.tell(["five"])
    }
}
