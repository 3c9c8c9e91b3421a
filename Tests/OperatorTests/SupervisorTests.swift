import Foundation
import ServiceKit
import Synchronization
import Testing

@testable import Operator

/// Runs shell scripts in the place of services.
@Suite struct SupervisorTests {
    private final class Notes: Sendable {
        let identifiers = Mutex<[String: Int32]>([:])
        let output = Mutex("")
    }

    private struct Fixture {
        let folder: String
        let notes = Notes()
        let supervisor: Supervisor

        init(_ scripts: [ServiceName: String]) throws {
            folder = NSTemporaryDirectory() + "martlet-up-\(UUID().uuidString)"
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true
            )
            for (service, script) in scripts {
                let path = "\(folder)/\(service.executable)"
                try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: path))
                chmod(path, 0o755)
            }
            let notes = notes
            let printer = UpPrinter(names: [], isColoured: false) { line in
                notes.output.withLock { $0 += line }
            }
            supervisor = Supervisor(executables: folder, printer: printer) { identifiers in
                notes.identifiers.withLock { $0 = identifiers }
            }
        }

        func instance(_ service: ServiceName) -> ServiceInstance {
            ServiceInstance(
                name: service.rawValue,
                service: service,
                arguments: [folder],
                port: nil,
                adminPort: 0
            )
        }

        func wait(until condition: () -> Bool) async throws {
            let deadline = ContinuousClock.now + .seconds(30)
            while !condition() {
                try #require(ContinuousClock.now < deadline, "waited in vain")
                try await Task.sleep(for: .milliseconds(5))
            }
        }

        func identifier(_ service: ServiceName) -> Int32? {
            notes.identifiers.withLock { $0[service.rawValue] }
        }

        func remove() { try? FileManager.default.removeItem(atPath: folder) }
    }

    @Test func aServiceThatWasKilledIsStartedAgain() async throws {
        let fixture = try Fixture([.router: "exec sleep 60"])
        defer { fixture.remove() }
        await fixture.supervisor.start(fixture.instance(.router))
        try await fixture.wait { fixture.identifier(.router) != nil }
        let first = try #require(fixture.identifier(.router))
        kill(first, SIGKILL)
        try await fixture.wait { fixture.identifier(.router) ?? first != first }
        await fixture.supervisor.stop([[fixture.instance(.router)]])
        #expect(fixture.notes.identifiers.withLock { $0.isEmpty })
        #expect(fixture.notes.output.withLock { $0 }.contains("was killed by signal 9"))
    }

    @Test func stagesStopOneAfterTheOther() async throws {
        let script = """
            trap 'echo "$0" >> "$1/order"; exit 0' TERM
            touch "$1/$(basename $0).up"
            while true; do sleep 0.01; done
            """
        let fixture = try Fixture([.gateway: script, .router: script, .broker: script])
        defer { fixture.remove() }
        let services: [ServiceName] = [.broker, .router, .gateway]
        for service in services { await fixture.supervisor.start(fixture.instance(service)) }
        for service in services {
            try await fixture.wait {
                FileManager.default.fileExists(
                    atPath: "\(fixture.folder)/\(service.executable).up"
                )
            }
        }
        await fixture.supervisor.stop(
            [
                [fixture.instance(.gateway)], [fixture.instance(.router)],
                [fixture.instance(.broker)],
            ]
        )
        let order = try String(contentsOfFile: fixture.folder + "/order", encoding: .utf8)
            .split(separator: "\n").map { $0.split(separator: "/").last.map(String.init) ?? "" }
        #expect(order == ["martlet-gateway", "martlet-router", "martlet-broker"])
    }

    @Test func aServiceThatNeverComesUpIsRecognised() async throws {
        let fixture = try Fixture([.push: "echo no such setting; exit 1"])
        defer { fixture.remove() }
        await fixture.supervisor.start(fixture.instance(.push))
        let deadline = ContinuousClock.now + .seconds(60)
        while await fixture.supervisor.hopeless == nil, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(await fixture.supervisor.hopeless == "push")
        #expect(fixture.notes.output.withLock { $0 }.contains("no such setting"))
        await fixture.supervisor.stop([[fixture.instance(.push)]])
    }
}

@Suite struct RunFolderTests {
    /// A process whose command line says that it is such a program.
    private func process(called name: String, in folder: String) throws -> ChildProcess {
        let path = folder + "/" + name
        try FileManager.default.createSymbolicLink(
            atPath: path,
            withDestinationPath: "/bin/sleep"
        )
        return try ChildProcess(executable: path, arguments: ["600"], output: .lines { _ in })
    }

    @Test func aNumberThatIsNoServicesByNowIsNone() async throws {
        let data = NSTemporaryDirectory() + "martlet-run-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: data) }
        let folder = try RunFolder(data: data)
        let gateway = try process(called: "martlet-gateway", in: data)
        let delivery = try process(called: "martlet-delivery", in: data)
        let stranger = try process(called: "martlet", in: data)
        let written = [
            "gateway": gateway.identifier, "delivery-2": delivery.identifier,
            "router": stranger.identifier, "push": gateway.identifier, "receipts": 0,
        ]
        folder.record(written)
        #expect(
            folder.survivors == [
                "gateway": gateway.identifier, "delivery-2": delivery.identifier,
            ]
        )
        // This process is no `martlet`, whatever stands in the lock.
        #expect(RunFolder.supervisor(at: data + "/run") == nil)
        for process in [gateway, delivery, stranger] {
            process.send(signal: SIGKILL)
            _ = await process.waitForExit()
        }
        #expect(folder.survivors.isEmpty)
        folder.close()
    }

    @Test func aSecondRunOnTheSameFolderIsRefusedWithTheFirstOnesNumber() throws {
        let data = NSTemporaryDirectory() + "martlet-run-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: data) }
        let first = try RunFolder(data: data)
        let refusal = #expect(throws: RunFolder.Refusal.self) { try RunFolder(data: data) }
        #expect(refusal?.description.contains("process \(getpid())") == true)
        first.record(["gateway": getpid(), "router": 0])
        first.close()
        let second = try RunFolder(data: data)
        #expect(second.survivors.isEmpty)
        second.close()
    }

    @Test func aTakenPortIsNamedWithItsService() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                #expect(bind(listener, $0, length) == 0)
                #expect(listen(listener, 1) == 0)
                #expect(getsockname(listener, $0, &length) == 0)
            }
        }
        let port = Int(UInt16(bigEndian: address.sin_port))
        #expect(!PortCheck.isFree(port))
        let instance = ServiceInstance(
            name: "gateway",
            service: .gateway,
            arguments: [],
            port: port,
            adminPort: port
        )
        #expect(PortCheck.complaint(about: [instance])?.contains("\(port) (gateway)") == true)
    }
}
