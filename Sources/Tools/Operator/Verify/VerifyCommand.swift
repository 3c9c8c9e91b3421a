public import ArgumentParser
import EventLog
import LogTail
import ServiceKit
import Stores

/// `martlet verify`: proves that the store is what the log says.
public struct VerifyCommand: AsyncParsableCommand {
    /// Name, abstract and discussion for `--help`.
    public static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Folds the log and compares it with the live store, table by table.",
        discussion: """
            Up to where the store stands, with what it has given to archives, whatever goes on meanwhile; \
            nothing is changed. It needs room for a second store while it runs. A row that differs is named by its key, never with its content.

            Exit code 0 if they are equal, 1 if they differ, 2 if that could not be found out.
            """
    )

    /// They differ.
    static let isDifferent = ExitCode(1)
    /// That could not be found out.
    static let isUnknown = ExitCode(2)

    @Option(
        help: ArgumentHelp(
            "The store to verify. Default: the one that is served",
            valueName: "store"
        )
    )
    var store: String?

    @Option(help: ArgumentHelp("Where the second store goes. Default: DATA", valueName: "folder"))
    var scratch: String?

    @Flag(help: "The result as one JSON object, with the digests in full")
    var json = false

    @OptionGroup var connection: LogConnectionOptions

    /// For the parser.
    public init() {}

    /// Folds and compares.
    public func run() async throws {
        let connection = connection
        let store = store
        let scratch = scratch
        let isJSON = json
        try await Interruption.watched { interruption in
            try await CommandOutput.write(
                as: "martlet verify",
                failure: Self.isUnknown
            ) { writer in
                // Here, so that whatever fails is no answer: 1 says that something was compared.
                let settings = try connection.settings()
                let outcome = try StoreProof(
                    location: try Self.location(store, settings),
                    archives: ArchivedProof(try settings.blobStore()),
                    scratch: scratch ?? settings.data,
                    configuration: settings.log(clientID: "martlet-verify"),
                    interruption: interruption,
                    printer: ProgressPrinter("verify")
                ).run()
                let palette = Palette(isColoured: writer.isColoured)
                let report = ProofReport(outcome: outcome, palette: palette)
                writer.tell(isJSON ? [report.object.text] : report.lines)
                // Even if nobody reads the lines.
                if !outcome.isEqual { throw Self.isDifferent }
            }
        }
    }

    private static func location(
        _ store: String?,
        _ settings: InstallationSettings
    ) throws(StoreError) -> StoreLocation {
        guard let store else { return try settings.storeLocation() }
        return try StoreLocation(store, relativeTo: InstallationSettings.absolute("."))
    }
}
