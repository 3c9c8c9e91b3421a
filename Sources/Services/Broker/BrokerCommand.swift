public import ArgumentParser
import Configuration
public import ServiceKit
import ServiceLifecycle
import Web

/// `martlet-broker`: the log of one machine, in the Kafka protocol.
public struct BrokerCommand: AsyncParsableCommand {
    /// Name and abstract.
    public static let configuration = CommandConfiguration(
        commandName: "martlet-broker",
        abstract: "Keeps the log on one machine, for clients that speak the Kafka protocol.",
        discussion: "What is acknowledged is on the disk. The log is in DATA/broker."
    )

    /// What every service understands.
    @OptionGroup public var options: ServiceOptions

    /// The host that clients are told.
    @Option(help: "The host that clients are told. Default: the address they connected to")
    public var advertise: String?

    /// A command with its options unset.
    public init() {}

    /// Runs until it is told to stop.
    public func run() async throws {
        let advertise = advertise
        try await ServiceProcess.run(.broker, options: options) { context in
            var configuration = BrokerConfiguration()
            configuration.host = context.host
            configuration.port = context.port
            configuration.advertisedHost =
                advertise ?? context.config.text(forKey: "broker.advertise")
            let requestBytesMax = context.config.int(
                forKey: "broker.requestBytesMax",
                default: configuration.requestBytesMax
            )
            configuration.requestBytesMax = min(max(requestBytesMax, 1 << 16), 1 << 30)
            configuration.createsTopics = context.config.bool(
                forKey: "broker.createsTopics",
                default: false
            )
            return [
                AdminServer(context), BrokerService(context, configuration: configuration),
            ]
        }
    }
}
