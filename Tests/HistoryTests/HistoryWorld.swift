import AsyncHTTPClient
import Configuration
import Events
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import ServiceKit
import ServiceLifecycle
import Stores
import Synchronization
import TestKit
import Web

@testable import History

/// The history service over a real store in a folder of its own, served on a loopback port.
struct HistoryWorld: Sendable {
    let port: Int
    let folder: String
    let location: StoreLocation
    let health: HealthRegistry
    let clock: ManualClock
    let capture: LogCapture
    private let tokens: TokenAuthority

    /// What the clock shows at first.
    static let start = Timestamp(milliseconds: 1_767_225_600_000)

    /// An answer, read to its end.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: Data

        func header(_ name: String) -> String? { headers.first(name: name) }

        var text: String { String(decoding: body, as: UTF8.self) }

        var object: [String: Any] {
            (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:]
        }

        /// The code of a problem document.
        var problem: String? {
            header("Content-Type") == "application/problem+json"
                ? object["code"] as? String : nil
        }

        func integer(_ name: String) -> Int64? { (object[name] as? NSNumber)?.int64Value }

        func list(_ name: String) -> [[String: Any]] { object[name] as? [[String: Any]] ?? [] }

        /// The seqs of a page's events, in their order.
        var seqs: [Int64] { list("events").map { ($0["seq"] as? NSNumber)?.int64Value ?? 0 } }
    }

    /// Runs the service while `body` does; with what `tell` tells in its store, or without a store.
    ///
    /// What is archived is read from `cold`.
    static func run(
        cold: (any ColdSource)? = nil,
        settings: [String: String] = [:],
        _ tell: ((inout Story) throws -> Void)? = nil,
        _ body: (HistoryWorld) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("martlet-history-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let location = try StoreEngine.current.location(in: folder)
        if let tell {
            var story = Story()
            try tell(&story)
            let store = try location.open()
            try store.apply(story.take())
            try store.close()
        }
        try await serve(folder, location, cold, settings, body)
    }

    private static func serve(
        _ folder: String,
        _ location: StoreLocation,
        _ cold: (any ColdSource)?,
        _ settings: [String: String],
        _ body: (HistoryWorld) async throws -> Void
    ) async throws {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, value) in settings {
            values[AbsoluteConfigKey(name.split(separator: ".").map(String.init))] =
                ConfigValue(.string(value), isSecret: false)
        }
        if let url = StoreEngine.current.url(of: location) {
            values[["store", "url"]] = ConfigValue(.string(url), isSecret: true)
        }
        let clock = ManualClock(start)
        let capture = LogCapture()
        let context = ServiceContext(
            name: .history,
            instance: "history-1",
            dataDirectory: folder,
            brokers: "",
            host: "127.0.0.1",
            port: 0,
            adminPort: 0,
            config: ConfigReader(provider: InMemoryProvider(values: values)),
            logger: capture.logger,
            clock: clock
        )
        let keys = try InstallationKeys.load(dataDirectory: folder)
        let (ports, found) = AsyncStream<Int>.makeStream()
        let service = HistoryService(context, cold: cold) { found.yield($0) }
        let group = ServiceGroup(services: [service], logger: LogCapture().logger)
        let running = Task {
            defer { found.finish() }
            try await group.run()
        }
        guard let port = await ports.first(where: { _ in true }) else {
            try await running.value
            throw HarnessError("the service ended without having listened")
        }
        let world = HistoryWorld(
            port: port,
            folder: folder,
            location: location,
            health: context.health,
            clock: clock,
            capture: capture,
            tokens: TokenAuthority(keys: keys, clock: clock)
        )
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(world))
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await running.value
        try result.get()
    }

    /// Waits until the service has found its store.
    func settle() async throws {
        try await wait(for: "the store to be found") {
            try await get("/v1/devices", as: .ada).status == 200
        }
    }

    /// Writes into the store as another process does.
    @discardableResult
    func write<Value>(_ body: (any HotStore) throws -> Value) throws -> Value {
        let store = try openStore()
        let value = try body(store)
        try store.close()
        return value
    }

    /// A database notices a little later that who wrote before has gone.
    private func openStore() throws -> any HotStore {
        for _ in 0..<500 {
            do {
                return try location.open()
            } catch {
                guard error.code == .inUse else { throw error }
                usleep(10_000)
            }
        }
        return try location.open()
    }

    /// Gives events to archives, and waits until no answer from before is kept any more.
    func archive(_ conversations: [ConversationID], in library: ColdLibrary, by size: Int) throws {
        try write { store in
            for conversation in conversations {
                try library.archive(conversation, of: store, by: size)
            }
        }
        clock.advance(by: KeptAnswers.lifetimeMax)
    }

    /// Where the store is, or would be.
    var storePath: String { SQLiteHotStore.path(inDataDirectory: folder) }

    func tokens(of speaker: Speaker) async throws -> TokenPair {
        try await tokens.issue(for: Identity(account: speaker.account, device: speaker.device))
    }

    /// Asks with a token, or as somebody, or as nobody.
    func get(
        _ path: String,
        as speaker: Speaker? = nil,
        token: String? = nil,
        method: String = "GET"
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = HTTPMethod(rawValue: method)
        // The server's shutdown need not wait for connections that are kept for later.
        request.headers.add(name: "Connection", value: "close")
        var token = token
        if let speaker { token = try await tokens(of: speaker).accessToken }
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 1 << 22)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers,
            body: Data(bytes.readableBytesView)
        )
    }
}

/// Keeps everything that is logged, so that a test can look for what must not be there.
final class LogCapture: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    /// A logger that keeps everything.
    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(capture: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let capture: LogCapture
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            capture.lines.withLock { $0.append("\(event.level) \(event.message) \(all)") }
        }
    }
}
