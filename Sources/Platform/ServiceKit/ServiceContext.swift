public import Configuration
public import Events
import Foundation
public import Logging

/// What a service is given when it starts.
public struct ServiceContext: Sendable {
    /// Which service this is.
    public let name: ServiceName
    /// The name of this instance, unique among the instances of the service.
    ///
    /// Default: `NAME-1`. Letters, digits, `.`, `_` and `-`, at most 64.
    public let instance: String
    /// The data folder of the installation, absolute.
    ///
    /// Exists.
    public let dataDirectory: String
    /// Brokers as `host:port,…`.
    public let brokers: String
    /// The address to listen on.
    public let host: String
    /// The port for clients; 0: any free one.
    ///
    /// Meaningless for services without one.
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

    /// A context of its parts; services get theirs from `ServiceProcess`.
    public init(
        name: ServiceName,
        instance: String,
        dataDirectory: String,
        brokers: String,
        host: String,
        port: Int,
        adminPort: Int,
        config: ConfigReader,
        logger: Logger,
        health: HealthRegistry = HealthRegistry(),
        metrics: MetricsRegistry = MetricsRegistry(),
        clock: any WallClock = SystemClock()
    ) {
        self.name = name
        self.instance = instance
        self.dataDirectory = dataDirectory
        self.brokers = brokers
        self.host = host
        self.port = port
        self.adminPort = adminPort
        self.config = config
        self.logger = logger
        self.health = health
        self.metrics = metrics
        self.clock = clock
    }

    /// The folder of this service instance's own state, `DATA/<instance>`; made on first use, for the owner alone.
    ///
    /// - Throws: what the file system says.
    public func stateDirectory() throws -> String {
        let path = dataDirectory + "/" + instance
        try Self.makeFolder(path)
        return path
    }

    /// Makes a folder for the owner alone, with those above it; does nothing if it is there.
    static func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }
}
