import ArgumentParser
import Foundation
import MartletClient

/// How a command says what it does, and what came of it.
enum CommandResult {
    /// Tells the person who waits what is being done.
    static func note(isQuiet: Bool) -> @Sendable (String) -> Void {
        { text in
            if !isQuiet { complain(text) }
        }
    }

    /// Runs a load and tells what it found, also into a file if one is named.
    ///
    /// - Throws: `ExitCode.failure` if the load can't be started, or something was not as it must be.
    static func tell<Report: BenchReport>(
        isJSON: Bool = false,
        output: String? = nil,
        _ run: () async throws -> Report
    ) async throws {
        OpenFiles.raiseLimit()
        signal(SIGPIPE, SIG_IGN)
        let report: Report
        do {
            report = try await run()
        } catch {
            complain("martlet bench: \(error)")
            throw ExitCode.failure
        }
        let text = isJSON ? try report.json() : Data(report.table().utf8)
        // Nobody need read it for what is written to a file.
        try? FileHandle.standardOutput.write(contentsOf: text)
        if let output {
            try report.json().write(to: URL(filePath: output), options: .atomic)
        }
        guard report.isExact else { throw ExitCode.failure }
    }

    private static func complain(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
    }
}
