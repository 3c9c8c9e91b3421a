import ArgumentParser
import EventLog
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
        } catch {
            throw end(name, failure, error)
        }
    }

    /// Works out what a command needs before it begins; an error is told in one line, and the command ends with `failure`.
    ///
    /// - Throws: `ExitCode`.
    static func prepare<Value>(
        as name: String,
        failure: ExitCode = .failure,
        _ body: () throws -> Value
    ) throws -> Value {
        do {
            return try body()
        } catch {
            throw end(name, failure, error)
        }
    }

    /// Tells an error, unless it is an exit code, which has been told; what to end with.
    private static func end(
        _ name: String,
        _ failure: ExitCode,
        _ error: any Error
    ) -> ExitCode {
        if let code = error as? ExitCode { return code }
        LineWriter(descriptor: 2).tell(["\(name): \(error)"])
        return failure
    }
}
