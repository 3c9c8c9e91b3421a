public import ArgumentParser
import EventLog
import Events
import Foundation
import LogTail
import ServiceKit
import UnixSignals

/// `martlet up`: runs the whole pipeline on this machine, each service a process of its own.
public struct UpCommand: AsyncParsableCommand {
    /// Name, abstract and discussion for `--help`.
    public static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Runs the pipeline: every service as a process of its own.",
        discussion: """
            Makes the topics, waits until every service is ready and prints the addresses. A service that \
            dies is started again. Ctrl-C stops all in order, the log last; a second Ctrl-C kills. \
            The process numbers are in DATA/run/pids.json.
            """
    )

    @Option(help: "The data folder. Default: $MARTLET_DATA, or ./data")
    var data: String?

    @Option(
        help: """
            A YAML configuration file, for every service. Default: $MARTLET_CONFIG, or DATA/martlet.yaml if it exists
            """
    )
    var config: String?

    @Option(
        help: """
            The first port: gateway N, history N+1, delivery N+2, broker N+10, health from N+20 on. \
            Default: as configured, or 8080, and 9092 for the broker
            """
    )
    var portBase: Int?

    @Option(
        help:
            "Brokers of an Apache Kafka as host:port,… Default: as configured, or the embedded log"
    )
    var brokers: String?

    @Option(help: "Replicas of topics that are made on --brokers")
    var replicas = 3

    @Option(
        help: """
            Partitions of each topic when the topics are made; they can't be changed later. Default: \
            \(Self.embeddedPartitions) on the embedded log, \(Limits.partitionsDefault) on --brokers
            """
    )
    var partitions: Int?

    @Option(help: "Only these services, such as gateway,router. Default: all")
    var services: String?

    @Option(help: "How many delivery instances; further ones take ports from N+40 on")
    var deliveries = 1

    @Option(help: "How much the services log: debug, info, warning, … Default: info")
    var logLevel: String?

    @Flag(name: .shortAndLong, help: "Only warnings, and the addresses")
    var quiet = false

    /// For the parser.
    public init() {}

    /// Checks the flags against one another.
    public func validate() throws {
        if let partitions, !(1...10_000).contains(partitions) {
            throw ValidationError("--partitions takes a number from 1 to 10000.")
        }
        let nothing = ConfigurationFile(path: "", exists: false)
        do {
            _ = try plan(InstallationSettings(flags, environment: [:], file: nothing))
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// Runs until a signal; then stops everything.
    public func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        do {
            let settings = InstallationSettings.read(
                flags,
                environment: ProcessInfo.processInfo.environment
            )
            try settings.check()
            let plan = try plan(settings)
            let run = UpRun(
                plan: plan,
                data: settings.data,
                portBase: settings.portBase,
                isQuiet: quiet,
                sizing: sizing(isExternal: plan.isExternalLog)
            )
            try await run.untilSignalled()
        } catch {
            LineWriter(descriptor: 2).tell(["martlet up: \(error)"])
            throw ExitCode.failure
        }
    }

    /// One machine's processes take turns on its cores: with more partitions they only exchange smaller batches.
    private static let embeddedPartitions = 4

    private func sizing(isExternal: Bool) -> TopicCatalogue.Sizing {
        let count = partitions ?? (isExternal ? nil : Self.embeddedPartitions)
        return TopicCatalogue.Sizing(
            conversationPartitions: count,
            accountPartitions: count,
            replicas: isExternal ? replicas : 1
        )
    }

    private var flags: InstallationSettings.Flags {
        InstallationSettings.Flags(
            data: data,
            config: config,
            brokers: brokers,
            portBase: portBase
        )
    }

    private func plan(_ settings: InstallationSettings) throws(UpPlan.Refusal) -> UpPlan {
        var wishes = UpPlan.Wishes(settings)
        wishes.deliveries = deliveries
        wishes.isQuiet = quiet
        wishes.logLevel = logLevel
        if let services {
            wishes.services = []
            for word in services.split(separator: ",") {
                let name = word.trimmingCharacters(in: .whitespaces)
                guard let service = ServiceName(rawValue: name) else {
                    let known = ServiceName.allCases.map(\.rawValue).joined(separator: ", ")
                    throw UpPlan.Refusal(
                        description: "there is no service `\(name)`; there are \(known)"
                    )
                }
                wishes.services?.insert(service)
            }
        }
        return try UpPlan(wishes)
    }
}
