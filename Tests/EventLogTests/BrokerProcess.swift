import EventLog
import Foundation
import Testing

/// The embedded broker as a process of its own, with its data in a temporary folder.
///
/// `@unchecked Sendable`: used by one test at a time.
final class BrokerProcess: @unchecked Sendable {
    /// Beside the test's own executable; `nil` if it was not built.
    static let executable: URL? = {
        guard
            let test = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        else { return nil }
        let url = URL(filePath: test).deletingLastPathComponent().appending(path: "martlet-broker")
        return FileManager.default.isExecutableFile(atPath: url.path) ? url : nil
    }()

    let port: UInt16
    private let folder: URL
    private var process = Process()

    init() throws {
        port = try Self.freePort()
        folder = FileManager.default.temporaryDirectory
            .appending(path: "martlet-eventlog-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try start()
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    func start() throws {
        process = Process()
        process.executableURL = Self.executable
        process.arguments = [
            "--data", folder.path, "--port", String(port), "--admin-port", "0", "--log-level",
            "error",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    func killHard() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    var configuration: EventLogConfiguration {
        EventLogConfiguration(brokers: "127.0.0.1:\(port)", clientID: "test")
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(bound)
        return UInt16(bigEndian: address.sin_port)
    }
}
