import EventLog
import Foundation
import ServiceKit

/// One run of `martlet up`: start, wait for readiness, wait for a signal, stop.
struct UpRun: Sendable {
    /// Something that keeps the pipeline from coming up.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private enum Event: Sendable {
        case started
        case failed(String)
        case signalled
    }

    /// How long the previous run's services may take to notice that their parent is gone.
    private static let formerRunTimeout: Duration = .seconds(10)

    private let plan: UpPlan
    private let data: String
    private let portBase: Int?
    private let isQuiet: Bool
    private let sizing: TopicCatalogue.Sizing
    private let printer: UpPrinter
    private let probe = ReadinessProbe()

    init(plan: UpPlan, data: String, portBase: Int?, isQuiet: Bool, sizing: TopicCatalogue.Sizing) {
        self.plan = plan
        self.data = data
        self.portBase = portBase
        self.isQuiet = isQuiet
        self.sizing = sizing
        printer = UpPrinter(
            names: plan.instances.map(\.name),
            isColoured: UpPrinter.terminalShowsColours
        )
    }

    /// Runs the pipeline until one of `EndingSignals`, then stops it; the second kills it.
    func untilSignalled() async throws {
        let folder = try RunFolder(data: data)
        defer { folder.close() }
        let signals = await EndingSignals()
        try await waitForPorts(folder)
        let supervisor = Supervisor(
            executables: Self.executableFolder,
            printer: printer,
            changed: folder.record
        )
        let (events, announce) = AsyncStream.makeStream(of: Event.self)
        let watcher = Task {
            await signals.requests { isFirst in
                if !isFirst { await supervisor.killAll() }
                announce.yield(.signalled)
            }
        }
        let starter = Task {
            do {
                try await start(supervisor)
                announce.yield(.started)
            } catch {
                announce.yield(.failed("\(error)"))
            }
        }
        var failure: String?
        loop: for await event in events {
            switch event {
            case .started: announceReady()
            case .failed(let reason):
                failure = reason
                break loop
            case .signalled: break loop
            }
        }
        starter.cancel()
        printer.say("stopping …")
        await supervisor.stop(plan.stopStages)
        watcher.cancel()
        if let failure { throw Failure(description: failure) }
        printer.say("stopped")
    }

    private func waitForPorts(_ folder: RunFolder) async throws {
        let deadline = ContinuousClock.now + Self.formerRunTimeout
        while let complaint = PortCheck.complaint(about: plan.instances) {
            guard !folder.survivors.isEmpty, ContinuousClock.now < deadline else {
                throw Failure(description: complaint)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func start(_ supervisor: Supervisor) async throws {
        let brokers = plan.instances.filter { $0.service == .broker }
        let others = plan.instances.filter { $0.service != .broker }
        for instance in brokers { await supervisor.start(instance) }
        try await waitUntilReady(brokers, supervisor)
        if plan.isExternalLog || !brokers.isEmpty {
            try await TopicPreparation.apply(
                brokers: plan.brokers,
                sizing: sizing
            )
        }
        for instance in others { await supervisor.start(instance) }
        try await waitUntilReady(others, supervisor)
    }

    private func waitUntilReady(
        _ instances: [ServiceInstance],
        _ supervisor: Supervisor
    )
        async throws
    {
        var waiting = instances
        var hint = ContinuousClock.now + .seconds(20)
        while !waiting.isEmpty {
            try Task.checkCancellation()
            var answers: [String] = []
            for instance in waiting {
                switch await probe.answer(adminPort: instance.adminPort) {
                case .ready:
                    await supervisor.markReady(instance.name)
                    waiting.removeAll { $0 == instance }
                case .notReady(let why): answers.append("\(instance.name): \(why)")
                case .silent: answers.append("\(instance.name): no answer")
                }
            }
            if let name = await supervisor.hopeless {
                throw Failure(description: "\(name) does not start; see its lines above")
            }
            if waiting.isEmpty { return }
            if ContinuousClock.now > hint {
                printer.warn("still waiting for " + answers.joined(separator: "; "))
                hint = .now + .seconds(20)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func announceReady() {
        var lines = ["", printer.bold("Martlet is up.") + " Data: \(data)", ""]
        func add(_ name: String, _ address: String) {
            lines.append("  " + name.padding(toLength: 12, withPad: " ", startingAt: 0) + address)
        }
        for instance in plan.instances {
            guard let port = instance.port else { continue }
            switch instance.service {
            case .broker: add(instance.name, "127.0.0.1:\(port)")
            case .delivery: add(instance.name, "ws://127.0.0.1:\(port)/v1/socket")
            default: add(instance.name, "http://127.0.0.1:\(port)")
            }
        }
        if plan.isExternalLog { add("log", plan.brokers) }
        if let first = plan.instances.map(\.adminPort).min() {
            add("health", "http://127.0.0.1:\(first)/readyz and following")
        }
        if plan.instances.contains(where: { $0.service == .gateway }) {
            lines += ["", "Try, in two other terminals:", ""]
            lines += Self.chatLines(data: data, portBase: portBase).map { "  \($0)" }
        }
        lines += ["", "Ctrl-C stops everything.", ""]
        printer.say(lines.joined(separator: "\n"))
    }

    /// The two commands that let two people talk.
    static func chatLines(data: String, portBase: Int?) -> [String] {
        let program = CommandLine.arguments.first ?? "martlet"
        let server = portBase.map { " --server http://127.0.0.1:\($0)" } ?? ""
        let pair = ("+15551230001", "+15551230002")
        return [pair, (pair.1, pair.0)].map { me, other in
            "\(program) chat --as \(me) --to \(other)\(server) --code-file \(data)/verification.jsonl"
        }
    }

    /// Where the services' executables are: beside the running one.
    static var executableFolder: String {
        let own = Bundle.main.executablePath ?? CommandLine.arguments.first ?? "./martlet"
        return URL(fileURLWithPath: own).resolvingSymlinksInPath().deletingLastPathComponent().path
    }
}
