public import Configuration
public import Events
public import Logging

/// What a service is given when it starts.
public struct ServiceContext: Sendable {
    /// Which service this is.
    public let name: ServiceName
    /// The name of this instance, unique among the instances of the service. Default: `NAME-1`.
    public let instance: String
    /// The data folder of the installation, absolute. Exists.
    public let dataDirectory: String
    /// Brokers as `host:port,…`.
    public let brokers: String
    /// The address to listen on.
    public let host: String
    /// The port for clients; 0: any free one. Meaningless for services without one.
    public let port: Int
    /// The port for health and metrics; 0: any free one.
    public let adminPort: Int
    /// Everything else: flags, environment (`MARTLET_…`), file.
    public let config: ConfigReader
    /// The service's logger.
    public let logger: Logger
    /// What `/readyz` answers from.
    public let health: HealthRegistry
    /// What `/metrics` shows.
    public let metrics: MetricsRegistry
    /// The time of day.
    public let clock: any WallClock

    /// The folder of this service instance's own state, `DATA/<instance>`; made on first use.
    public func stateDirectory() throws -> String {
        fatalError("ServiceKit")
    }
}
