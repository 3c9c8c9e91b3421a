public import ArgumentParser
import EventLog
import LogTail
import ServiceKit
import Stores

/// `martlet replay`: builds a store anew from the log, beside the live one.
public struct ReplayCommand: AsyncParsableCommand {
    /// Name, abstract and discussion for `--help`.
    public static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Builds a new store from the log, beside the live one, which goes on working.",
        discussion: """
            A store is a SQLite file (a path), or a schema of a PostgreSQL database \
            (postgresql://user@host/database?schema=NAME). Ctrl-C, or a crash, leaves a store that the same \
            command goes on with. With --swap the finished store is put in the place of the live one: \
            martlet-persistence must let go of that first, and goes on with the new store where it stands; \
            martlet-history turns to it by itself.

            A place for --until is an offset, the same in every partition, or a moment: ISO 8601, local unless \
            it says otherwise, or `-5m` (five minutes ago; ms, s, m, h, d).

            Exit code 1 if it could not be done, 130 if it was interrupted.
            """
    )

    @Option(help: ArgumentHelp("The store to build, or to go on with", valueName: "store"))
    var into: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The place to end before. Default: the log's end", valueName: "place")
    )
    var until: String?

    @Flag(help: "Put the finished store in the place of the live one")
    var swap = false

    @Option(
        help: ArgumentHelp(
            "How long --swap waits for martlet-persistence to let go. Default: 60",
            valueName: "seconds"
        )
    )
    var wait: Double?

    @Flag(help: "The result as one JSON object")
    var json = false

    @OptionGroup var connection: LogConnectionOptions

    /// For the parser.
    public init() {}

    /// Checks the flags against one another; which store is the live one, and so which may not be built over, is not asked here.
    public func validate() throws {
        do {
            _ = try makePlan(data: "", live: .standard(inDataDirectory: ""))
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// Builds the store.
    public func run() async throws {
        let (plan, configuration) = try CommandOutput.prepare(as: "martlet replay") {
            let settings = try connection.settings()
            return (
                try makePlan(data: settings.data, live: try settings.storeLocation()),
                settings.log(clientID: "martlet-replay")
            )
        }
        let isJSON = json
        try await Interruption.watched { interruption in
            try await CommandOutput.write(as: "martlet replay") { writer in
                let run = ReplayRun(
                    plan: plan,
                    configuration: configuration,
                    interruption: interruption,
                    printer: ProgressPrinter("replay")
                )
                let outcome = try run.run()
                let report = ReplayReport(plan: plan, outcome: outcome)
                writer.tell(isJSON ? [report.object.text] : report.lines)
                let isDone = outcome.isComplete && outcome.isSwapped == plan.swaps
                if !isDone { throw ExitCode(Interruption.status) }
            }
        }
    }

    private func makePlan(
        data: String,
        live: StoreLocation
    ) throws(ReplayPlan.Refusal) -> ReplayPlan {
        var wishes = ReplayPlan.Wishes()
        wishes.into = into
        wishes.data = data
        wishes.live = live
        wishes.until = until
        wishes.swap = swap
        wishes.wait = wait
        return try ReplayPlan(wishes, now: SystemClock().now())
    }
}
