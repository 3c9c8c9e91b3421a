import Foundation

/// A finished run of one of the tools.
public struct Tool: Sendable, CustomStringConvertible {
    /// The command line.
    public let name: String
    /// How it ended.
    public let status: Int32
    /// What it wrote to standard output.
    public let output: String
    /// What it wrote to standard error.
    public let errors: String

    /// How it ended, and the beginning of what it wrote.
    public var description: String {
        "\(name) ended with \(status)\n\(output.prefix(2000))\n\(errors.prefix(2000))"
    }

    /// Runs an executable of this package to its end; kills it after `patience`.
    ///
    /// Of this process's environment it gets what is not Martlet's, and what is given.
    public static func run(
        _ name: String,
        _ arguments: [String],
        input: String? = nil,
        environment: [String: String] = [:],
        patience: Duration = .seconds(120)
    ) async throws -> Tool {
        let path = try PipelineHarness.executableFolder() + "/" + name
        return try await finish(name, path, arguments, input, environment, patience)
    }

    /// Runs a shell line with this package's executables in its path.
    public static func shell(_ line: String) async throws -> Tool {
        let folder = try PipelineHarness.executableFolder()
        return try await finish(
            "sh",
            "/bin/sh",
            ["-c", "PATH=\"\(folder):$PATH\"; \(line)"],
            nil,
            [:],
            .seconds(120)
        )
    }

    private static func finish(
        _ name: String,
        _ path: String,
        _ arguments: [String],
        _ input: String?,
        _ environment: [String: String],
        _ patience: Duration
    ) async throws -> Tool {
        let folder = NSTemporaryDirectory() + "/martlet-tool-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for file in ["in", "out", "err"] {
            try Data((file == "in" ? input ?? "" : "").utf8).write(
                to: URL(fileURLWithPath: "\(folder)/\(file)")
            )
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("MARTLET_") }
            .merging(environment) { $1 }
        process.standardInput = FileHandle(forReadingAtPath: "\(folder)/in")
        process.standardOutput = FileHandle(forWritingAtPath: "\(folder)/out")
        process.standardError = FileHandle(forWritingAtPath: "\(folder)/err")
        try process.run()
        let deadline = ContinuousClock.now + patience
        while process.isRunning {
            // Not SIGTERM: a process started from a task's thread has it blocked.
            if ContinuousClock.now > deadline { kill(process.processIdentifier, SIGKILL) }
            try await Task.sleep(for: .milliseconds(20))
        }
        func text(_ file: String) -> String {
            (try? String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)) ?? ""
        }
        return Tool(
            name: ([name] + arguments).joined(separator: " "),
            status: process.terminationStatus,
            output: text("out"),
            errors: text("err")
        )
    }
}
