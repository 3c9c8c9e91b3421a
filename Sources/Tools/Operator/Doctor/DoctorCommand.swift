public import ArgumentParser
import EventLog
import Foundation
import LogTail
import ServiceKit

/// `martlet doctor`: looks at an installation and says what to do about what it finds.
public struct DoctorCommand: AsyncParsableCommand {
    /// Name, abstract and discussion for `--help`.
    public static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Checks an installation, running or stopped, and says what to do.",
        discussion: """
            Configuration, log, topics, processes, how far consumers are behind, stores, blob store, clock, disk, dead letters. It \
            changes nothing; to measure, it writes small files of its own and removes them. Every check has a time limit, and one that fails \
            keeps no other from running that does not need it.

            Exit code 0 if nothing failed, 1 if something did, 2 if it could not run.
            """
    )

    /// Something failed.
    static let hasFailed = ExitCode(1)
    /// It could not run.
    static let couldNotRun = ExitCode(2)

    @Flag(help: "One JSON object")
    var json = false

    @OptionGroup var connection: LogConnectionOptions

    /// For the parser.
    public init() {}

    /// Looks and tells.
    public func run() async throws {
        guard InstallationSettings.portBases.contains(connection.portBase ?? 1) else {
            LineWriter(descriptor: 2).tell([
                "martlet doctor: --port-base must lie between 1 and 65400"
            ])
            throw Self.couldNotRun
        }
        // Whatever is wrong with them is a finding.
        let context = DoctorContext(
            settings: InstallationSettings.read(
                connection.flags,
                environment: ProcessInfo.processInfo.environment
            )
        )
        let writer = LineWriter()
        let report = DoctorReport(palette: Palette(isColoured: writer.isColoured))
        let isJSON = json
        let outcomes = await DoctorRun(checks: Self.checks, context: context).run {
            guard !isJSON else { return }
            writer.tell(report.lines($0))
        }
        writer.tell([
            isJSON ? DoctorReport.object(outcomes).text : "\n" + report.conclusion(outcomes)
        ])
        if DoctorReport.hasFailed(outcomes) { throw Self.hasFailed }
    }

    /// In the order in which one fixes things: what later checks need comes first.
    static let checks: [any DoctorCheck] = [
        ConfigurationCheck(), DiskCheck(), ServicesCheck(), ProcessesCheck(), LogCheck(),
        TopicsCheck(),
        LagCheck(), StoreCheck(), BlobsCheck(), ClockCheck(), DeadLettersCheck(),
    ]
}
