import ServiceKit
import TestKit

/// A real broker in a process of its own.
enum TestBroker {
    /// Starts one, hands it to `body`, and stops it; after a kill it is started again only by `start("broker")`.
    static func run<Result: Sendable>(
        _ body: @Sendable (PipelineHarness) async throws -> Result
    ) async throws -> Result {
        var options = PipelineHarness.Options()
        options.services = [.broker]
        options.restartsByItself = false
        return try await PipelineHarness.run(options, body)
    }
}

extension PipelineHarness {
    /// Kills the broker with SIGKILL and starts it again on its data.
    func killAndRestartBroker() async throws {
        await kill("broker", restarts: false)
        try await start("broker")
    }

    /// Makes topics, by name and number of partitions.
    nonisolated func create(_ topics: [String: Int]) async throws {
        var options = ClientOptions()
        options.topics = topics.map { ClientOptions.Topic(name: $0.key, partitions: $0.value) }
        try await Library.confluent.run("create", options, on: self)
    }
}
