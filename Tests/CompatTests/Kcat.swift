import Foundation
import ServiceKit
import TestKit

/// A run of kcat: Debian's, which is the librdkafka that Martlet itself is built on.
///
/// It is killed, if it still runs, when nobody holds it any more.
final class Kcat: Sendable {
    /// A record as `kcat -J` shows it.
    struct Record: Decodable, Sendable, Equatable {
        let topic: String
        let partition: Int
        let offset: Int64
        let key: String?
        let payload: String?
        /// Names and values, one after the other.
        let headers: [String]?
    }

    private let folder: URL
    private let arguments: [String]
    private let process: ChildProcess

    /// Starts kcat.
    init(_ harness: PipelineHarness, _ arguments: [String], input: Data = Data()) throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "martlet-kcat-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try input.write(to: folder.appending(path: "in"))
        self.arguments = arguments
        process = try ChildProcess(
            executable: "/bin/sh",
            arguments: [
                "-c", #"cd "$0" && exec kcat "$@" <in >out 2>err"#, folder.path, "-b",
                harness.brokers,
            ] + arguments,
            output: .lines { _ in }
        )
    }

    deinit {
        process.send(signal: SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    /// Runs kcat to its end, which must be a good one.
    ///
    /// - Returns: what it wrote.
    @discardableResult
    static func run(
        _ harness: PipelineHarness,
        _ arguments: [String],
        input: Data = Data()
    ) async throws -> Data {
        try await Kcat(harness, arguments, input: input).finish()
    }

    /// Produces lines.
    static func produce(
        _ harness: PipelineHarness,
        _ arguments: [String],
        _ lines: [String]
    ) async throws {
        try await run(
            harness,
            ["-P"] + arguments,
            input: Data((lines.joined(separator: "\n") + "\n").utf8)
        )
    }

    /// Consumes without a group; quits at the end of the topic.
    static func consume(
        _ harness: PipelineHarness,
        _ arguments: [String]
    ) async throws -> [Record] {
        try records(in: try await run(harness, ["-C", "-J", "-e", "-q"] + arguments))
    }

    /// The records of output in JSON lines.
    static func records(in output: Data) throws -> [Record] {
        try output.split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(Record.self, from: Data($0))
        }
    }

    /// What kcat wrote to standard error so far.
    var errors: String {
        (try? String(contentsOf: folder.appending(path: "err"), encoding: .utf8)) ?? ""
    }

    /// Waits for the end, which must be a good one.
    ///
    /// - Returns: what it wrote.
    func finish() async throws -> Data {
        try await wait(for: "kcat \(arguments) to end", within: .seconds(120)) {
            process.exit != nil
        }
        guard process.exit == .exited(0) else {
            throw HarnessError(
                "kcat \(arguments): \(process.exit.map { "\($0)" } ?? ""): \(errors)"
            )
        }
        return try Data(contentsOf: folder.appending(path: "out"))
    }
}
