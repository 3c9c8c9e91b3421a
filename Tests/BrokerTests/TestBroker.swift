import Foundation
import Logging
import NIOCore
import SegmentLog

@testable import Broker

/// A broker in this process, in a folder of its own.
final class TestBroker {
    let directory: String
    private let keepsFolder: Bool
    private let server: BrokerServer
    private(set) var port = 0

    /// Starts a broker; on the folder of another, if one is given.
    init(
        directory: String? = nil,
        configuration: BrokerConfiguration = .forTests()
    ) async throws {
        keepsFolder = directory != nil
        self.directory = directory ?? NSTemporaryDirectory() + "martlet-broker-\(UUID().uuidString)"
        server = BrokerServer(
            dataDirectory: self.directory,
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { 1_000_000 }
        )
        port = try await server.start()
    }

    func client() throws -> WireClient { try WireClient(port: port) }

    /// Stops, leaving the folder to another.
    func stopKeepingFolder() async {
        await server.stop()
    }

    func stop() async {
        await server.stop()
        if !keepsFolder { try? DiskFileSystem().remove(directory) }
    }
}

extension BrokerConfiguration {
    /// The defaults, without the wait for a group's other members, and what `change` makes of them.
    static func forTests(_ change: (inout Self) -> Void = { _ in }) -> Self {
        var configuration = BrokerConfiguration()
        configuration.groupInitialDelay = .milliseconds(1)
        change(&configuration)
        return configuration
    }
}

/// Runs a test against a broker and stops it whatever happens.
func withBroker(
    _ configuration: BrokerConfiguration = .forTests(),
    _ body: (TestBroker) async throws -> Void
) async throws {
    let broker = try await TestBroker(configuration: configuration)
    do {
        try await body(broker)
    } catch {
        await broker.stop()
        throw error
    }
    await broker.stop()
}
