public import ArgumentParser
public import EventLog
import Foundation
public import Logging
public import ServiceKit

/// Which installation, and so where its log is: the flags of every tool that looks at one.
///
/// What no flag says is as its services have it: from `MARTLET_…`, then from the configuration file, then by default. Brokers that are named anywhere
/// come before the embedded broker, which follows from the port base.
public struct LogConnectionOptions: ParsableArguments, Sendable {
    /// The data folder.
    @Option(help: "The data folder. Default: $MARTLET_DATA, or ./data")
    public var data: String?

    /// The configuration file.
    @Option(
        help: "The configuration file. Default: $MARTLET_CONFIG, or DATA/martlet.yaml if it exists"
    )
    public var config: String?

    /// The brokers.
    @Option(help: "Brokers as host:port,… Default: as configured, or the embedded broker")
    public var brokers: String?

    /// The first port of the installation.
    @Option(help: "The first port of the installation, whose embedded broker is at N+10")
    public var portBase: Int?

    /// The defaults.
    public init() {}

    /// What the flags say.
    public var flags: InstallationSettings.Flags {
        InstallationSettings.Flags(
            data: data,
            config: config,
            brokers: brokers,
            portBase: portBase
        )
    }

    /// What flags, environment and configuration file come to.
    ///
    /// - Throws: `ConfigurationError` for what no service would start with.
    public func settings() throws(ConfigurationError) -> InstallationSettings {
        let environment = ProcessInfo.processInfo.environment
        let settings = InstallationSettings.read(flags, environment: environment)
        try settings.check()
        return settings
    }

    /// How to reach the log.
    ///
    /// - Throws: `ConfigurationError`.
    public func configuration(
        clientID: String
    ) throws(ConfigurationError) -> EventLogConfiguration {
        EventLogConfiguration(brokers: try settings().brokers, clientID: clientID)
    }
}

extension Logger {
    /// The logger of a command whose output is its own: it keeps quiet.
    public static let quiet = Logger(label: "martlet") { _ in SwiftLogNoOpLogHandler() }
}
