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
    var note: @Sendable (String) -> Void { CommandResult.note(isQuiet: quiet) }

    /// Runs a load and tells what it found.
    ///
    /// - Throws: `ExitCode.failure` if the load can't be started, or something was not as it must be.
    func tell(isJSON: Bool = false, _ run: () async throws -> some BenchReport) async throws {
        try await CommandResult.tell(isJSON: isJSON, output: output, run)
    }
}
