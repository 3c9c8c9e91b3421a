import AsyncHTTPClient
import Foundation
public import MartletClient
import NIOCore
import NIOHTTP1
public import ServiceKit

/// The real services, each a process of its own, on free ports and in a temporary folder.
///
/// Start it with `PipelineHarness.run`, which stops whatever is left at the end. A service that ends without having been
/// killed by the test is remembered (`accidents`) and, as an operator's supervisor would, started again.
public actor PipelineHarness {
    /// What to start, and how.
    public struct Options: Sendable {
        /// The services; all by default.
        public var services: [ServiceName] = ServiceName.allCases
        /// How many instances of a service; one of each that is not named.
        public var instances: [ServiceName: Int] = [:]
        /// Further environment variables, by service name.
        public var environment: [String: [String: String]] = [:]
        /// Whether a service that died by itself or by `kill` is started again without being asked.
        public var restartsByItself = true
        /// How much the services log.
        public var logLevel = "info"

        /// All services once.
        public init() {}
    }

    struct Member {
        let service: ServiceName
        let instance: String
        let port: Int?
        let adminPort: Int
        var child: ChildProcess?
        var isWanted = false
        var starts = 0
    }

    /// Marks every message text that a test sends, so that a log which contains one is found.
    public nonisolated let needle = "needle-\(UInt32.random(in: .min ... .max))"
    /// The services' data folder.
    public nonisolated let data: String
    /// Where each service's output goes, a file each.
    public nonisolated let logs: String
    /// The first port.
    public nonisolated var portBase: Int { ports.base }
    /// The gateway's address.
    public nonisolated var server: String { "http://127.0.0.1:\(portBase)" }
    /// The brokers' addresses.
    public nonisolated var brokers: String { "127.0.0.1:\(portBase + 10)" }
    /// Calls to the gateway.
    public nonisolated var http: MartletHTTP { MartletHTTP(server: server) }

    /// Services that ended by a crash signal or without being asked, in words.
    public private(set) var accidents: [String] = []

    nonisolated let verification: VerificationFile
    private let options: Options
    private let ports: PortRange
    private let folder: String
    private let executables: String
    private var members: [String: Member] = [:]
    private var isStopping = false

    private init(_ options: Options) throws {
        self.options = options
        ports = try PortRange()
        folder = "\(NSTemporaryDirectory())/martlet-test-\(getpid())-\(ports.base)"
        data = folder + "/data"
        logs = folder + "/logs"
        verification = VerificationFile(path: data + "/verification.jsonl")
        executables = try Self.executableFolder()
        for path in [data, logs] {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true
            )
        }
        members = Self.members(options, portBase: ports.base)
    }

    /// The first instance of each service is named after it; further ones take ports from the base + 40 on, two each.
    private static func members(_ options: Options, portBase: Int) -> [String: Member] {
        var members: [String: Member] = [:]
        var further = portBase + 40
        for service in ServiceName.allCases where options.services.contains(service) {
            members[service.rawValue] = Member(
                service: service,
                instance: "\(service)-1",
                port: service.port(base: portBase),
                adminPort: service.adminPort(base: portBase)
            )
            for number in 1..<(options.instances[service] ?? 1) {
                members["\(service)-\(number + 1)"] = Member(
                    service: service,
                    instance: "\(service)-\(number + 1)",
                    port: service.port(base: portBase).map { _ in further },
                    adminPort: further + 1
                )
                further += 2
            }
        }
        return members
    }

    /// Starts a pipeline, hands it to `body` when it is ready, and stops it, whatever happens.
    ///
    /// At the end no log may contain a message's text, and no process may have crashed.
    public static func run<Result: Sendable>(
        _ options: Options = Options(),
        _ body: @Sendable (PipelineHarness) async throws -> Result
    ) async throws -> Result {
        let harness = try PipelineHarness(options)
        do {
            try await harness.startAll()
            let result = try await body(harness)
            try await harness.checkLogs()
            await harness.stopAll(keepsFiles: false)
            return result
        } catch {
            let tails = harness.logTails()
            await harness.stopAll(keepsFiles: true)
            throw HarnessError("\(error)\n\(tails)")
        }
    }

    /// The names of all processes, such as `gateway` or `delivery-2`.
    public var names: [String] { members.keys.sorted() }

    // MARK: Starting and stopping

    private func startAll() async throws {
        if members["broker"] != nil {
            try await start("broker")
            try await TopicPreparation.apply(brokers: brokers)
        }
        for name in names where name != "broker" { try launch(name) }
        for name in names { try await waitUntilReady(name) }
    }

    /// Starts a service and waits until it is ready.
    public func start(_ name: String) async throws {
        try launch(name)
        try await waitUntilReady(name)
    }

    /// Starts a service without waiting for it; does nothing if it runs.
    public func launch(_ name: String) throws {
        guard var member = members[name], !isStopping else {
            throw HarnessError("there is no service \(name)")
        }
        guard member.child?.exit != nil || member.child == nil else { return }
        var arguments = [
            "--data", data, "--port-base", "\(portBase)", "--instance", member.instance,
            "--admin-port", "\(member.adminPort)", "--log-level", options.logLevel,
        ]
        if let port = member.port { arguments += ["--port", "\(port)"] }
        let base = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MARTLET_") }
        let own = options.environment[member.service.rawValue] ?? [:]
        let child = try ChildProcess(
            executable: "\(executables)/\(member.service.executable)",
            arguments: arguments,
            environment: base.merging(own) { $1 },
            output: .file("\(logs)/\(name).log")
        )
        member.child = child
        member.isWanted = true
        member.starts += 1
        members[name] = member
        Task {
            let exit = await child.waitForExit()
            await self.ended(name, child, exit)
        }
    }

    private func ended(_ name: String, _ child: ChildProcess, _ exit: ChildProcess.Exit) async {
        guard let member = members[name], member.child === child, !isStopping else { return }
        switch exit {
        case .signalled(SIGKILL), .signalled(SIGTERM): break
        default: if member.isWanted { accidents.append("\(name) \(exit)") }
        }
        guard member.isWanted, options.restartsByItself else { return }
        try? await Task.sleep(for: .milliseconds(100))
        if members[name]?.isWanted == true, !isStopping { try? launch(name) }
    }

    /// Waits until a service says that it is ready.
    public func waitUntilReady(_ name: String, within limit: Duration = .seconds(90)) async throws {
        guard let port = members[name]?.adminPort else { throw HarnessError("no \(name)") }
        try await wait(for: "\(name) to be ready", within: limit) {
            await Self.isReady(adminPort: port)
        }
    }

    private static func isReady(adminPort: Int) async -> Bool {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(adminPort)/readyz")
        let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(2))
        _ = try? await response?.body.collect(upTo: 1 << 16)
        return response?.status == .ok
    }

    /// Sends a signal; after SIGKILL or SIGTERM the service is started again only if the harness restarts by itself.
    ///
    /// - Returns: whether there was a process to get it.
    @discardableResult
    public func signal(_ name: String, _ signal: Int32) -> Bool {
        members[name]?.child?.send(signal: signal) ?? false
    }

    /// Kills a service with SIGKILL and waits for its end.
    ///
    /// With `restarts` false it stays down until `start`; otherwise the options say whether it is started again by itself.
    ///
    /// - Returns: whether there was a process to be killed.
    @discardableResult
    public func kill(_ name: String, restarts: Bool? = nil) async -> Bool {
        guard let child = members[name]?.child else { return false }
        if restarts == false { members[name]?.isWanted = false }
        let isThere = child.send(signal: SIGKILL)
        _ = await child.waitForExit()
        return isThere
    }

    /// Kills all processes at once, as a power failure of the machine would, short of the page cache.
    public func killAll() async {
        let children = members.values.compactMap(\.child)
        for name in names { members[name]?.isWanted = false }
        for child in children { child.send(signal: SIGKILL) }
        for child in children { _ = await child.waitForExit() }
    }

    /// Starts everything that does not run and waits until all are ready.
    public func startMissing() async throws {
        for name in names { try launch(name) }
        for name in names { try await waitUntilReady(name) }
    }

    /// Stops a service with SIGTERM and says how it ended.
    public func stop(_ name: String) async -> ChildProcess.Exit? {
        guard let child = members[name]?.child else { return nil }
        members[name]?.isWanted = false
        child.send(signal: SIGTERM)
        return await child.waitForExit()
    }

    /// The process number of a service that runs.
    public func identifier(of name: String) -> Int32? {
        guard let child = members[name]?.child, child.exit == nil else { return nil }
        return child.identifier
    }

    /// The admin port of a service.
    public func adminPort(of name: String) -> Int? { members[name]?.adminPort }

    private func stopAll(keepsFiles: Bool) async {
        isStopping = true
        let children = members.values.compactMap(\.child)
        for child in children { child.send(signal: SIGTERM) }
        let deadline = ContinuousClock.now + .seconds(10)
        for child in children {
            while child.exit == nil, ContinuousClock.now < deadline {
                try? await Task.sleep(for: .milliseconds(10))
            }
            child.send(signal: SIGKILL)
            _ = await child.waitForExit()
        }
        ports.release()
        if !keepsFiles || ProcessInfo.processInfo.environment["MARTLET_KEEP"] == nil {
            try? FileManager.default.removeItem(atPath: folder)
        }
    }
}
