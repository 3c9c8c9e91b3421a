public import ArgumentParser
public import EventLog
import Foundation
public import Logging
import ServiceKit

/// Where the log is: the flags that every tool that reads it understands.
///
/// `--brokers`, else `MARTLET_BROKERS`, else the embedded broker of `--port-base`, of `MARTLET_PORT_BASE`, or of the default port.
public struct LogConnectionOptions: ParsableArguments, Sendable {
    /// The brokers.
    @Option(help: "Brokers as host:port,… Default: $MARTLET_BROKERS, or the embedded broker")
    public var brokers: String?

    /// The first port of the installation.
    @Option(help: "The first port of the installation, whose broker is at N+10")
    public var portBase: Int?

    /// The defaults.
    public init() {}

    /// How to reach the log.
    public func configuration(clientID: String) -> EventLogConfiguration {
        EventLogConfiguration(
            brokers: resolved(environment: ProcessInfo.processInfo.environment),
            clientID: clientID
        )
    }

    /// The brokers, looked up in order.
    func resolved(environment: [String: String]) -> String {
        if let brokers { return brokers }
        if portBase == nil, let brokers = environment["MARTLET_BROKERS"], !brokers.isEmpty {
            return brokers
        }
        let base = portBase ?? environment["MARTLET_PORT_BASE"].flatMap { Int($0) }
        let port = ServiceName.broker.port(base: base) ?? ServiceName.brokerPortDefault
        return "127.0.0.1:\(port)"
    }
}

extension Logger {
    /// The logger of a command whose output is its own: it keeps quiet.
    public static let quiet = Logger(label: "martlet") { _ in SwiftLogNoOpLogHandler() }
}
