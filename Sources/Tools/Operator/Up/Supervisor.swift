import Events
import Foundation
import ServiceKit

/// Keeps services running: starts each, starts it again when it dies, and stops all in order.
actor Supervisor {
    /// All must have stopped after so long; what is left is killed.
    static let stopTimeout: Duration = .milliseconds(9500)
    /// How long to wait for one stage before the next is told to stop too.
    static let stageTimeout: Duration = .seconds(3)
    /// A service that dies so often before it was ever ready will not come up.
    static let hopelessDeaths = 5

    private let executables: String
    private let printer: UpPrinter
    private let changed: @Sendable ([String: Int32]) -> Void
    private var children: [String: ChildProcess] = [:]
    private var restarts: [String: RestartPolicy] = [:]
    private var wasReady: Set<String> = []
    private var tasks: [Task<Void, Never>] = []
    private var isStopping = false

    /// A supervisor of programs in a folder; `changed` is told the process numbers by name at every change.
    init(
        executables: String,
        printer: UpPrinter,
        changed: @escaping @Sendable ([String: Int32]) -> Void
    ) {
        self.executables = executables
        self.printer = printer
        self.changed = changed
    }

    /// Starts a service and keeps it running.
    func start(_ instance: ServiceInstance) {
        guard !isStopping else { return }
        tasks.append(Task { await self.supervise(instance) })
    }

    /// Remembers that a service came up: from now on its deaths are only restarted, never given up on.
    func markReady(_ name: String) {
        wasReady.insert(name)
    }

    /// A service that keeps dying and was never ready.
    var hopeless: String? {
        restarts.first {
            $0.value.deathsInARow >= Self.hopelessDeaths && !wasReady.contains($0.key)
        }?.key
    }

    private func supervise(_ instance: ServiceInstance) async {
        while !isStopping {
            let start = ContinuousClock.now
            let ending = await runOnce(instance)
            guard !isStopping else { return }
            let life = ContinuousClock.now - start
            let delay = restarts[instance.name, default: RestartPolicy()].died(after: life)
            printer.warn(
                "\(instance.name) \(ending); starting it again in \(delay.milliseconds) ms"
            )
            try? await Task.sleep(for: delay)
        }
    }

    /// Runs the service until it ends; says how it ended.
    private func runOnce(_ instance: ServiceInstance) async -> String {
        do {
            let printer = printer
            let child = try ChildProcess(
                executable: "\(executables)/\(instance.service.executable)",
                arguments: instance.arguments,
                output: .lines { printer.line($0, of: instance.name) }
            )
            children[instance.name] = child
            publish()
            let exit = await child.waitForExit()
            children[instance.name] = nil
            publish()
            return exit.description
        } catch {
            return "could not be started (\(error))"
        }
    }

    private func publish() {
        changed(children.mapValues(\.identifier))
    }

    /// Stops the stages one after the other; what does not end in time is killed.
    func stop(_ stages: [[ServiceInstance]]) async {
        isStopping = true
        for task in tasks { task.cancel() }
        let deadline = ContinuousClock.now + Self.stopTimeout
        for stage in stages {
            let members = stage.compactMap { children[$0.name] }
            for child in members { child.send(signal: SIGTERM) }
            await Self.wait(for: members, until: min(deadline, .now + Self.stageTimeout))
        }
        await Self.wait(for: Array(children.values), until: deadline)
        if !children.isEmpty {
            printer.warn("killing \(children.keys.sorted().joined(separator: ", ")): too slow")
        }
        killAll()
        for task in tasks { await task.value }
    }

    /// Ends everything at once.
    func killAll() {
        isStopping = true
        for child in children.values { child.send(signal: SIGKILL) }
    }

    private static func wait(
        for children: [ChildProcess],
        until deadline: ContinuousClock.Instant
    )
        async
    {
        for child in children {
            while child.exit == nil, ContinuousClock.now < deadline {
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}
