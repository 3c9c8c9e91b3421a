import ArgumentParser
import EventLog
import Foundation
import LogTail

/// Runs what a command does on a thread that may block, and ends the command as a person expects.
enum CommandOutput {
    /// Runs `body` with a writer to standard output.
    ///
    /// A reader who goes away is no failure. An error is told in one line, and the command ends with `failure`.
    ///
    /// - Throws: `ExitCode`.
    static func write(
        as name: String,
        failure: ExitCode = .failure,
        _ body: @escaping @Sendable (LineWriter) throws -> Void
    ) async throws {
        do {
            try await LogReader.onThread {
                let writer = LineWriter()
                try body(writer)
                try writer.flush()
            }
        } catch is LineWriter.ReaderGone {
            return
        } catch let code as ExitCode {
            throw code
        } catch {
            FileHandle.standardError.write(Data("\(name): \(error)\n".utf8))
            throw failure
        }
    }
}
