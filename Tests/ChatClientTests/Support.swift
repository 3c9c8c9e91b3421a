import ClientTestSupport
import Events
import Foundation
import Synchronization

@testable import MartletClient

/// Waits for something to become so; fails loudly when it does not within a generous time.
func eventually(
    _ what: String = "",
    within limit: Duration = .seconds(20),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw Waited(what: what) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

struct Waited: Error, CustomStringConvertible {
    let what: String
    var description: String { "waited in vain: \(what)" }
}

/// Collects what callbacks bring.
final class Collector<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    var all: [Element] { elements.withLock { $0 } }

    func add(_ element: Element) { elements.withLock { $0.append(element) } }
}

struct FixedClock: WallClock {
    func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
}

let ids = UUIDv7Generator(clock: FixedClock())

/// Registers an account with the fake server.
func signIn(_ server: FakeMartlet, _ phone: String) async throws -> (MartletHTTP, Credentials) {
    let http = MartletHTTP(server: try await server.on { $0.server })
    let registration = try await http.register(address: phone, name: "Ada", deviceName: "test")
    return (http, try await http.confirm(registration, code: "123456"))
}

/// A folder that is gone after the test.
func withTemporaryFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "martlet-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

func withServer<Value>(
    verificationPath: String? = nil,
    _ body: (FakeMartlet) async throws -> Value
) async throws -> Value {
    let server = try await FakeMartlet.start(verificationPath: verificationPath)
    do {
        let value = try await body(server)
        try await server.stop()
        return value
    } catch {
        try? await server.stop()
        throw error
    }
}
