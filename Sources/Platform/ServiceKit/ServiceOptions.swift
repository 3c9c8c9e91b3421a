public import ArgumentParser

/// The flags that every service understands.
///
/// A value is looked up on the command line, then in the environment (`MARTLET_DATA`, `MARTLET_PORT_BASE`, …), then in the
/// configuration file, then in the defaults.
public struct ServiceOptions: ParsableArguments, Sendable {
    /// The data folder.
    @Option(help: "The data folder. Default: ./data")
    public var data: String?

    /// A YAML configuration file.
    @Option(help: "A YAML configuration file. Default: DATA/martlet.yaml if it exists")
    public var config: String?

    /// The brokers.
    @Option(help: "Brokers as host:port,… Default: the embedded broker on this machine")
    public var brokers: String?

    /// The address to listen on.
    @Option(help: "The address to listen on. Default: 127.0.0.1")
    public var host: String?

    /// The first port.
    @Option(help: "The first of the ports that all services' ports follow from. Default: 8080")
    public var portBase: Int?

    /// The port for clients.
    @Option(help: "The port for clients, if not the one that follows from the port base")
    public var port: Int?

    /// The port for health and metrics.
    @Option(help: "The port of /healthz, /readyz and /metrics; 0: any free one")
    public var adminPort: Int?

    /// The name of this instance.
    @Option(help: "The name of this instance; must differ between instances of a service")
    public var instance: String?

    /// How much to log.
    @Option(help: "trace, debug, info, notice, warning, error or critical. Default: info")
    public var logLevel: String?

    /// The defaults.
    public init() {}
}
