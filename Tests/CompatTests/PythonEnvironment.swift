import Foundation
import ServiceKit
import Synchronization
import TestKit

/// The Python environment with the client libraries.
enum PythonEnvironment {
    /// The folder of the client programs.
    static let clients =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Clients").path

    /// The interpreter's path; the environment is made when it is first asked for.
    ///
    /// - Throws: `HarnessError` with what went wrong: without the clients there is nothing to test, and that is a failure.
    static func interpreter() async throws -> String { try await preparation.value }

    private static let preparation = Task {
        let lines = Mutex<[String]>([])
        let script = try ChildProcess(
            executable: "/bin/bash",
            arguments: [clients + "/prepare.sh"],
            output: .lines { line in lines.withLock { $0.append(line) } }
        )
        let exit = await script.waitForExit()
        // The last line may come a moment after the end.
        try await wait(for: "the Python environment's path", within: .seconds(10)) {
            exit != .exited(0) || lines.withLock { $0.last?.hasSuffix("/bin/python") } == true
        }
        let told = lines.withLock { $0 }
        guard exit == .exited(0), let path = told.last else {
            throw HarnessError("the Kafka clients can't be installed: \(exit)\n\(told)")
        }
        return path
    }
}
