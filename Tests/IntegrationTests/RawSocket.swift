import MartletClient
import NIOCore
import NIOPosix
import Synchronization
import TestKit

/// A WebSocket that says whatever a test wants, and remembers what came back.
final class RawSocket: Sendable {
    private struct State {
        var frames: [ServerFrame] = []
        var isClosed = false
        var code: UInt16?
    }

    private final class Storage: Sendable {
        let value = Mutex(State())
    }

    private let storage: Storage
    private let connection: SocketConnection

    private init(_ storage: Storage, _ connection: SocketConnection) {
        self.storage = storage
        self.connection = connection
    }

    static func connect(to url: String) async throws -> RawSocket {
        let storage = Storage()
        let handlers = SocketConnection.Handlers(
            onFrame: { _, frame in storage.value.withLock { $0.frames.append(frame) } },
            onClose: { _, closure in
                storage.value.withLock {
                    $0.isClosed = true
                    $0.code = closure.code
                }
            }
        )
        let connection = try await SocketConnection.connect(
            to: url,
            on: MultiThreadedEventLoopGroup.singleton.next(),
            handlers: handlers
        ).get()
        return RawSocket(storage, connection)
    }

    var frames: [ServerFrame] { storage.value.withLock { $0.frames } }
    var isClosed: Bool { storage.value.withLock { $0.isClosed } }
    var closeCode: UInt16? { storage.value.withLock { $0.code } }

    func send(_ text: String) { send([UInt8](text.utf8)) }

    func send(_ bytes: [UInt8], as opcode: WebSocketOpcodeByte = .text, isFinal: Bool = true) {
        connection.eventLoop.execute {
            self.connection.send(
                opcode: opcode,
                isFinal: isFinal,
                payload: ByteBuffer(bytes: bytes)
            )
        }
    }

    func send(_ frame: ClientFrame) {
        connection.eventLoop.execute { self.connection.send(frame) }
    }

    func stopReading() {
        connection.eventLoop.execute { self.connection.setReading(false) }
    }

    func startReading() {
        connection.eventLoop.execute { self.connection.setReading(true) }
    }

    func abort() { connection.abort() }

    /// Waits for the close frame and returns its code; `nil` when the connection just broke.
    func closed(within limit: Duration = .seconds(30)) async throws -> UInt16? {
        try await wait(for: "the server to close", within: limit) { self.isClosed }
        return closeCode
    }

    func frame(
        _ what: String,
        where matches: @escaping @Sendable (ServerFrame) -> Bool
    ) async throws {
        try await wait(for: what) { self.frames.contains(where: matches) }
    }

    /// Says hello as a good client does and waits for the welcome.
    func greet(_ credentials: Credentials) async throws {
        send(.hello(token: credentials.accessToken, position: nil))
        try await frame("welcome") { if case .welcome = $0 { true } else { false } }
    }
}
