import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import ServiceKit

/// Looks which services run here, and asks each whether it is ready.
struct ServicesCheck: DoctorCheck {
    /// What a service says of itself.
    enum Answer: Hashable, Sendable {
        case ready
        /// Alive, but these conditions do not hold.
        case notReady([String])
        /// It does not answer.
        case silent
    }

    /// What was gathered of one.
    struct Facts: Sendable {
        /// `gateway`, `delivery-2`.
        var name: String
        /// Where it was asked.
        var address: String
        /// Whether a process of that name is there; `nil`: nobody has written down which are.
        var isThere: Bool?
        var answer: Answer
    }

    let name = "services"

    func run(_ context: DoctorContext) async throws -> [DoctorFinding] {
        let targets = Self.targets(context)
        let facts = await withTaskGroup(of: (Int, Facts).self) { group in
            for (place, target) in targets.enumerated() {
                group.addTask {
                    var facts = target
                    facts.answer = await Self.ask(target.address)
                    return (place, facts)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return Self.judge(facts)
    }

    /// Whom to ask: what is written down in the run folder, and of the other services one each.
    private static func targets(_ context: DoctorContext) -> [Facts] {
        let settings = context.settings
        let isWrittenDown = !context.processes.isEmpty
        var targets: [Facts] = []
        for service in ServiceName.allCases where service != .broker || settings.isLogEmbedded {
            let own = context.processes.filter {
                $0.name == service.rawValue || $0.name.hasPrefix("\(service)-")
            }
            func add(_ name: String, _ port: Int?, isThere: Bool?) {
                let port = port ?? settings.adminPort(of: service)
                let address = "\(settings.host(of: service)):\(port)"
                targets.append(
                    Facts(name: name, address: address, isThere: isThere, answer: .silent)
                )
            }
            for process in own { add(process.name, process.adminPort, isThere: true) }
            if own.isEmpty { add(service.rawValue, nil, isThere: isWrittenDown ? false : nil) }
        }
        return targets
    }

    private static func ask(_ address: String) async -> Answer {
        guard let (status, body) = await get("http://\(address)/readyz") else {
            // An old or a busy one may have only this.
            let isAlive = await get("http://\(address)/healthz")?.status == .ok
            return isAlive ? .notReady(["it does not say why"]) : .silent
        }
        return status == .ok ? .ready : .notReady(reasons(in: body))
    }

    private static func get(
        _ url: String
    ) async -> (status: HTTPResponseStatus, body: [UInt8])? {
        do {
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: url),
                timeout: .seconds(3)
            )
            let body = try await response.body.collect(upTo: 64 * 1024)
            return (response.status, Array(body.readableBytesView))
        } catch {
            return nil
        }
    }

    /// The conditions that do not hold, in what `/readyz` answers.
    static func reasons(in body: [UInt8]) -> [String] {
        struct Document: Decodable {
            struct Condition: Decodable {
                let ok: Bool
                let detail: String
            }
            let conditions: [String: Condition]
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(body)) else {
            return ["it does not say why"]
        }
        return document.conditions.sorted { $0.key < $1.key }.filter { !$0.value.ok }
            .map { name, condition in
                condition.detail.isEmpty ? name : "\(name) (\(condition.detail))"
            }
    }

    static func judge(_ facts: [Facts]) -> [DoctorFinding] {
        guard facts.contains(where: { $0.answer != .silent || $0.isThere == true }) else {
            return [
                .warn(
                    .servicesStopped,
                    "no service runs here",
                    do:
                        "start them with `martlet up`, or name where they run with --data and --port-base"
                )
            ]
        }
        let findings = facts.compactMap(judge)
        let ready = facts.filter { $0.answer == .ready }.map(\.name)
        guard findings.isEmpty else {
            let all =
                ready.isEmpty ? [] : [DoctorFinding.ok("ready: \(ready.joined(separator: ", "))")]
            return all + findings
        }
        return [.ok("all ready: \(ready.joined(separator: ", "))")]
    }

    private static func judge(_ service: Facts) -> DoctorFinding? {
        switch service.answer {
        case .ready: return nil
        case .notReady(let reasons):
            return .fail(
                .serviceNotReady,
                "\(service.name) is not ready: \(reasons.joined(separator: "; "))",
                do:
                    "it becomes ready by itself when that holds; look at what it waits for, then at its log"
            )
        case .silent where service.isThere == true:
            return .fail(
                .serviceSilent,
                "\(service.name) runs and does not answer at \(service.address)",
                do:
                    "look at its log; if it hangs, stop it with kill -9: it is started again and loses nothing"
            )
        case .silent:
            return .warn(
                .serviceAbsent,
                "\(service.name) does not run here (\(service.address))",
                do: "start it, unless it runs on another machine or is not wanted"
            )
        }
    }
}
