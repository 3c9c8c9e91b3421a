import TestKit
import Testing

/// A client library; `Clients/NAME_client.py` is the program that uses it.
enum Library: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case confluent
    case kafkaPython = "kafka_python"
    case aiokafka

    var testDescription: String { rawValue }

    /// Starts a command of the library's program.
    func start(
        _ command: String,
        _ options: ClientOptions,
        on harness: PipelineHarness
    ) async throws -> ClientProgram {
        try await ClientProgram("\(rawValue)_client.py", command, options, on: harness)
    }

    /// Runs a command of the library's program to its end, which must be a good one.
    @discardableResult
    func run(
        _ command: String,
        _ options: ClientOptions,
        on harness: PipelineHarness
    ) async throws -> ClientProgram {
        let program = try await start(command, options, on: harness)
        try await program.finish()
        return program
    }
}
