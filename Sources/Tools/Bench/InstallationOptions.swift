import ArgumentParser
import Foundation
import MartletClient
import ServiceKit

/// The installation that is measured, and where the result goes.
struct InstallationOptions: ParsableArguments {
    @Option(help: "The gateway's address.")
    var server = MartletHTTP.serverDefault

    @Option(
        help:
            "The data folder of the installation: codes, process ids and the load's accounts are found there."
    )
    var data: String?

    @Option(help: "Reads registration codes from this file. Default: DATA/verification.jsonl")
    var codeFile: String?

    @Option(help: "Where the load's accounts are kept. Default: DATA/bench")
    var profile: String?

    @Option(help: "Processes to measure, as name=pid,… Default: those in DATA/run/pids.json")
    var pids: String?

    @Option(help: "Writes the result as JSON to this file.")
    var output: String?

    @Flag(help: "Print the result only.")
    var quiet = false

    func validate() throws {
        if let pids, MeasuredProcesses(argument: pids) == nil {
            throw ValidationError("--pids is name=pid,name=pid")
        }
    }

    /// The load's accounts.
    var accounts: BenchAccounts {
        let codes = codeFile ?? data.map { "\($0)/verification.jsonl" }
        let directory = profile ?? data.map { "\($0)/bench" }
        return BenchAccounts(
            http: MartletHTTP(server: server),
            path: directory.map { "\($0)/accounts.json" },
            codes: codes.map { VerificationFile(path: $0) }
        )
    }

    /// The processes that are measured.
    var processes: MeasuredProcesses {
        if let pids, let given = MeasuredProcesses(argument: pids) { return given }
        let found = data.flatMap { MeasuredProcesses(dataDirectory: $0) }
        return found ?? MeasuredProcesses(pids: [])
    }

    /// Tells the person who waits what is being done.
    var note: @Sendable (String) -> Void {
        let isQuiet = quiet
        return { text in
            if !isQuiet { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
        }
    }

    /// Makes the process ready for many sockets, runs a load and tells what it found.
    ///
    /// - Throws: `ExitCode.failure` if the load can't be started, or something was not as it must be.
    func measure<Report>(
        _ run: () async throws -> Report,
        table: (Report) -> String,
        json: (Report) throws -> Data,
        isExact: (Report) -> Bool
    ) async throws {
        OpenFiles.raiseLimit()
        signal(SIGPIPE, SIG_IGN)
        let report: Report
        do {
            report = try await run()
        } catch let error as ClientError {
            FileHandle.standardError.write(Data("martlet bench: \(server): \(error)\n".utf8))
            throw ExitCode.failure
        }
        FileHandle.standardOutput.write(Data(table(report).utf8))
        if let output { try json(report).write(to: URL(filePath: output), options: .atomic) }
        guard isExact(report) else { throw ExitCode.failure }
    }
}
