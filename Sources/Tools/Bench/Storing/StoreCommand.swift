public import ArgumentParser
import EventLog
import Events
import Foundation
import ServiceKit
import Stores

/// `martlet bench store`: writing into a store, and nothing else.
public struct StoreCommand: AsyncParsableCommand {
    /// How the command is called.
    public static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Write synthetic batches into a store, without a log.",
        discussion: """
            Two stores are made of the same events: one by batches of --batch records, as martlet-persistence writes them, and \
            one beside it (FILE-replay) by batches that are cut as martlet replay cuts them: they grow with the store, and are \
            sorted. Of a database server only one is made, by --batch or with --replay.

            Measured is the writing alone. What martlet replay does beside it, on other threads, is left out (reading, folding, \
            sorting) or falls to the writer (moving a file's write-ahead log). CPU is that of this process, not of a server.
            """
    )

    @Option(help: "The file of the store, or the URL of an empty database.")
    var into: String

    @Option(help: "Messages; edits, deletions and reactions come on top.")
    var events = 500_000

    @Option(help: "Records of a batch.")
    var batch = 5000

    @Flag(help: "Only by batches that are cut as martlet replay cuts them.")
    var replay = false

    @Flag(help: "Also write what devices have received and people have read.")
    var receipts = false

    @Option(help: "Decides what is written.")
    var seed: UInt64 = 1

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(help: "Print the result only.")
    var quiet = false

    /// The defaults.
    public init() {}

    /// Checks the arguments.
    public func validate() throws {
        guard events >= 1, batch >= 1 else {
            throw ValidationError("--events and --batch are at least 1")
        }
    }

    /// Writes.
    public func run() async throws {
        let plan = FillPlan(
            messages: events,
            seed: seed,
            hasReceipts: receipts,
            end: SystemClock().now()
        )
        let note = CommandResult.note(isQuiet: quiet)
        try await CommandResult.tell(isJSON: json) {
            let folder = FileManager.default.currentDirectoryPath
            let location = try StoreLocation(into, relativeTo: folder)
            let passes = passes(at: location)
            return try await LogReader.onThread("store") {
                let rows = try passes.map { batches, location in
                    let bench = StoreBench(plan: plan, batches: batches, note: note)
                    return StoreReport.Row(try bench.run(at: location))
                }
                return StoreReport(store: "\(location)", machine: .current(), rows: rows)
            }
        }
    }

    /// How batches are cut, and where they go.
    private func passes(
        at location: StoreLocation
    ) -> [(batches: StoreBench.Batches, location: StoreLocation)] {
        if replay { return [(.replay, location)] }
        let other = location.beside("replay").map { (StoreBench.Batches.replay, $0) }
        return [(.live(records: batch), location)] + (other.map { [$0] } ?? [])
    }
}
