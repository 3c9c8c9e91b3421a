import Events
import Foundation
import MartletClient
import ServiceKit
import Synchronization
import TestKit

/// A device that says only what the document allows, and keeps everything that it is told.
final class AsyncAPIDevice: Sendable {
    let account: AccountID
    private let harness: PipelineHarness
    private let token: String
    private let url: String
    private let ids = UUIDv7Generator(clock: SystemClock())
    private let socket: AsyncAPISocket
    /// Further sockets, which come to a bad end.
    private let others = Mutex<[AsyncAPISocket]>([])

    /// Registers and connects.
    init(_ harness: PipelineHarness, phone: String) async throws {
        let credentials = try await harness.register(phone: phone)
        account = credentials.accountID
        token = credentials.accessToken
        self.harness = harness
        let connection = try await Call("GET", "/v1/connect", token: token).send(to: harness.server)
        guard let url = (connection.json as? [String: String])?["url"] else {
            throw HarnessError("there is nowhere to connect to")
        }
        self.url = url
        socket = try await AsyncAPISocket.connect(to: url)
        try await send(["type": "hello", "token": token, "position": NSNull()])
        try await wait(forType: "welcome")
    }

    func newID() -> String {
        let id: SubmissionID = ids.next()
        return id.description
    }

    // MARK: Saying

    /// Sends a frame, if the document allows it.
    func send(_ frame: [String: Any], on other: AsyncAPISocket? = nil) async throws {
        let complaints = try AsyncAPIDocument().complaints(about: frame)
        guard complaints.isEmpty else { throw HarnessError("\(complaints)") }
        let data = try JSONSerialization.data(withJSONObject: frame)
        try await (other ?? socket).send(String(decoding: data, as: UTF8.self))
    }

    /// Acknowledges everything so far.
    func acknowledge() async throws {
        let positions = try frames(of: socket).filter { $0["type"] as? String == "event" }
            .compactMap { $0["position"] as? String }
        guard let last = positions.last else { throw HarnessError("there is nothing") }
        try await send(["type": "ack", "position": last])
    }

    /// Calls the gateway, which must agree; returns its answer.
    func call(_ method: String, _ path: String, _ body: String) async throws -> [String: Any] {
        let answer = try await Call(method, path, body, token: token).send(to: harness.server)
        guard (200..<300).contains(answer.status), let json = answer.json as? [String: Any] else {
            throw HarnessError("\(method) \(path): \(answer.status) \(answer.problem ?? "")")
        }
        return json
    }

    /// What ends badly: a position of another life of the log, a frame that there is not, a token that is none.
    func refuse() async throws {
        let late = try await AsyncAPISocket.connect(to: url)
        others.withLock { $0.append(late) }
        try await send(["type": "hello", "token": token, "position": "zz.1"], on: late)
        try await TestKit.wait(for: "the gap") {
            try self.frames(of: late).contains { $0["type"] as? String == "gap" }
        }
        try await late.send(#"{"type":"unheard"}"#)
        try await TestKit.wait(for: "the end") { late.closeCode == 4503 }
        let stranger = try await AsyncAPISocket.connect(to: url)
        others.withLock { $0.append(stranger) }
        try await send(["type": "hello", "token": "a.b.c", "position": NSNull()], on: stranger)
        try await TestKit.wait(for: "the refusal") { stranger.closeCode == 4501 }
    }

    // MARK: Hearing

    private func frames(of socket: AsyncAPISocket) throws -> [[String: Any]] {
        try socket.texts.map { text in
            let json = try JSONSerialization.jsonObject(with: Data(text.utf8))
            guard let frame = json as? [String: Any] else { throw HarnessError("no object") }
            return frame
        }
    }

    private func all() throws -> [[String: Any]] {
        try ([socket] + others.withLock { $0 }).flatMap { try frames(of: $0) }
    }

    /// The types of the frames that came.
    func types() throws -> Set<String> { Set(try all().compactMap { $0["type"] as? String }) }

    /// What is wrong with the frames that came.
    func complaints() throws -> [String] {
        let document = try AsyncAPIDocument()
        return try all().flatMap { document.complaints(about: $0) }
    }

    func wait(forType type: String) async throws {
        try await TestKit.wait(for: "a frame \(type)") {
            try self.frames(of: self.socket).contains { $0["type"] as? String == type }
        }
    }

    func wait(forSignal kind: String) async throws {
        try await TestKit.wait(for: "a signal \(kind)") {
            try self.frames(of: self.socket).contains {
                $0["type"] as? String == "signal" && $0["kind"] as? String == kind
            }
        }
    }

    /// Waits for so many events of a kind, and returns the first.
    @discardableResult
    func wait(forKind kind: String, count: Int = 1) async throws -> [String: Any] {
        try await TestKit.wait(for: "\(count) × \(kind)") {
            try self.events(of: kind).count >= count
        }
        guard let first = try events(of: kind).first else { throw HarnessError("no \(kind)") }
        return first
    }

    private func events(of kind: String) throws -> [[String: Any]] {
        try frames(of: socket).compactMap { $0["event"] as? [String: Any] }
            .filter { $0["kind"] as? String == kind }
    }
}
