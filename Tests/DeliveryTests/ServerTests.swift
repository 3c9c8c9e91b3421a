import EventLog
import Events
import Foundation
import GRDB
import Ingest
import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import Projections
import ServiceKit
import SwiftProtobuf
import Synchronization
import Testing
import Web

@testable import Delivery

/// Over real sockets: what an embedded channel can't show.
@Suite struct ServerTests {
    @Test func aDeviceIsServedOverARealSocket() async throws {
        try await RealServer.with { server in
            let client = try await RawClient.connect(server.port)
            client.send(text: server.hello(server.bob))
            try await waitUntil { client.texts.contains { $0.contains("welcome") } }
            try server.feed(count: 3, text: "hello")
            try await waitUntil { client.texts.filter { $0.contains("\"event\"") }.count == 3 }
            #expect(client.head.hasPrefix("HTTP/1.1 101"))
            client.close()
            try await waitUntil { try server.log.sessions.last?.disconnected.closeCode == 0 }
        }
    }

    @Test func aForgedTokenClosesWith4501() async throws {
        try await RealServer.with { server in
            let client = try await RawClient.connect(server.port)
            client.send(text: "{\"type\":\"hello\",\"token\":\"forged\",\"position\":null}")
            try await waitUntil { client.closeCode == 4501 }
        }
    }

    @Test func requestsThatAreNoHandshakeAreAnsweredAndClosed() async throws {
        try await RealServer.with { server in
            let cases = [
                ("GET / HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 404"),
                ("GET /v1/socket HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 426"),
                (RawClient.handshake(path: "/v2/socket"), "HTTP/1.1 404"),
                (RawClient.handshake(version: "12"), "HTTP/1.1 426"),
                ("NONSENSE\r\n\r\n", "HTTP/1.1 400"),
            ]
            for (request, status) in cases {
                let client = try await RawClient.connect(server.port, request: request)
                try await waitUntil { client.isClosed }
                #expect(client.head.hasPrefix(status), "\(request)")
            }
            let long = String(repeating: "x", count: 20_000)
            let client = try await RawClient.connect(
                server.port,
                request: "GET / HTTP/1.1\r\nhost: \(long)\r\n\r\n"
            )
            try await waitUntil { client.isClosed }
            #expect(!client.head.hasPrefix("HTTP/1.1 2"))
        }
    }

    @Test func aDeviceThatStopsReadingIsClosedWith4009AndOthersAreNot() async throws {
        try await RealServer.with { settings in
            settings.stallTimeout = .seconds(1)
            settings.slowCloseLinger = .seconds(1)
        } body: { server in
            let tablet = Identity(account: server.bob.account, device: DeviceID(high: 7, low: 7))
            let slow = try await RawClient.connect(server.port)
            let quick = try await RawClient.connect(server.port)
            slow.send(text: server.hello(server.bob))
            quick.send(text: server.hello(tablet))
            try await waitUntil { slow.texts.count == 1 && quick.texts.count == 1 }
            try await slow.stopReading()
            let text = String(repeating: "x", count: 15_000)
            var sent = 0
            for _ in 0..<20 {
                try server.feed(count: 20, text: text)
                sent += 20
                try await waitUntil { quick.texts.count == sent + 1 }
                quick.send(text: server.ack(sent))
            }
            try await waitUntil {
                try server.log.sessions.contains {
                    $0.disconnected.closeCode == 4009
                        && Array($0.deviceID) == server.bob.device.bytes
                }
            }
            #expect(quick.closeCode == nil && !quick.isClosed)
            slow.close()
        }
    }

    @Test func aShutdownClosesWith4001() async throws {
        let client = Mutex<RawClient?>(nil)
        try await RealServer.with { server in
            let connected = try await RawClient.connect(server.port)
            connected.send(text: server.hello(server.bob))
            try await waitUntil { connected.texts.count == 1 }
            client.withLock { $0 = connected }
        }
        let connected = try #require(client.withLock { $0 })
        try await waitUntil { connected.closeCode == 4001 }
    }
}

/// Waits for a condition, with a deadline that only a fault reaches.
func waitUntil(_ condition: () throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try !condition() {
        try #require(ContinuousClock.now < deadline, "waited for a minute")
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// A delivery server on a free port, without Kafka.
///
/// `@unchecked Sendable`: a test drives it from one task.
final class RealServer: @unchecked Sendable {
    let log: FakeLog
    let port: Int
    let bob = Identity(account: AccountID(high: 2, low: 2), device: DeviceID(high: 2, low: 200))
    private let ada = AccountID(high: 1, low: 1)
    private let projection: InboxProjection
    private var nextOffset: Int64 = 0
    private var outputs = Outputs()

    private init(log: FakeLog, port: Int, projection: InboxProjection) {
        self.log = log
        self.port = port
        self.projection = projection
    }

    static func with(_ body: (RealServer) async throws -> Void) async throws {
        try await with({ _ in }, body: body)
    }

    static func with(
        _ change: (inout DeliverySettings) -> Void,
        body: (RealServer) async throws -> Void
    ) async throws {
        var settings = DeliverySettings(instance: "delivery-1", url: "ws://test/v1/socket")
        change(&settings)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let log = FakeLog()
        let metrics = DeliveryMetrics()
        let clock = StillClock()
        let acknowledgements = AcknowledgementBoard()
        let lastSeen = LastSeenBoard()
        let hub = DeliveryHub(
            loop: group.next(),
            settings: settings,
            metrics: metrics,
            logger: Logger(label: "test"),
            clock: clock,
            ids: UUIDv7Generator(clock: clock),
            records: log,
            submissions: FakeSubmissions(),
            tokens: FakeTokens(),
            reader: IndexReader(pool: nil),
            acknowledgements: acknowledgements,
            lastSeen: lastSeen,
            signals: FakeLog(),
            served: ServedPartitions(),
            registry: DeviceRegistry()
        )
        let projection = InboxProjection(
            log: FakeInbox(),
            subscriber: hub,
            acknowledgements: acknowledgements,
            lastSeen: lastSeen,
            retention: .seconds(1000),
            clock: clock,
            metrics: metrics
        )
        _ = try projection.open(Partition(0), try TestDelivery.makeDatabase(), isFresh: true)
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let server = DeliveryServer(
            hub: hub,
            group: group,
            host: "127.0.0.1",
            port: 0,
            health: HealthRegistry()
        ) { address in found.yield(address?.port ?? 0) }
        let running = Task { try await server.run() }
        let port = try #require(await ports.first { _ in true })
        var failure: (any Error)?
        do {
            try await body(RealServer(log: log, port: port, projection: projection))
        } catch {
            failure = error
        }
        running.cancel()
        try await running.value
        try await group.shutdownGracefully()
        if let failure { throw failure }
    }

    func hello(_ identity: Identity) -> String {
        "{\"type\":\"hello\",\"token\":\"\(FakeTokens.token(identity))\",\"position\":null}"
    }

    func ack(_ offset: Int) -> String {
        let position = InboxPosition(epoch: 7, offset: Offset(Int64(offset)))
        return "{\"type\":\"ack\",\"position\":\"\(position)\"}"
    }

    /// Appends messages from Ada to Bob as one batch.
    func feed(count: Int, text: String) throws {
        let conversation = ConversationID(directBetween: ada, and: bob.account)
        for _ in 0..<count {
            let offset = nextOffset
            nextOffset += 1
            let record = PBInboxRecord.with {
                $0.origin =
                    Origin(
                        topicNumber: 1,
                        partition: Partition(0),
                        offset: Offset(offset)
                    ).message
                $0.event = .with {
                    $0.conversationID = .init(conversation.bytes)
                    $0.conversationKind = .direct
                    $0.seq = UInt64(offset + 1)
                    $0.sender = .init(ada.bytes)
                    $0.submissionID = .init(SubmissionID(high: 9, low: UInt64(offset)).bytes)
                    $0.messagePosted = .with {
                        $0.recipient = .init(bob.account.bytes)
                        $0.content = .with { $0.text = .with { $0.text = text } }
                    }
                }
            }
            try projection.apply(
                LogRecord(
                    topicPartition: TopicPartition(.inbox, Partition(0)),
                    offset: Offset(offset),
                    timestamp: Timestamp(milliseconds: 0),
                    key: nil,
                    value: try record.serializedBytes()
                ),
                &outputs
            )
        }
        try projection.batchApplied(&outputs)
    }
}

/// A client that speaks bytes.
final class RawClient: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private struct State {
        var head = ""
        var isUpgraded = false
        var reader = ServerFrameReader()
        var texts: [String] = []
        var closeCode: UInt16?
        var isClosed = false
        var channel: (any Channel)?
    }

    private let state = Mutex(State())

    var head: String { state.withLock(\.head) }
    var texts: [String] { state.withLock(\.texts) }
    var closeCode: UInt16? { state.withLock(\.closeCode) }
    var isClosed: Bool { state.withLock(\.isClosed) }

    static func handshake(path: String = "/v1/socket", version: String = "13") -> String {
        "GET \(path) HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
            + "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "sec-websocket-version: \(version)\r\n\r\n"
    }

    static func connect(_ port: Int, request: String? = nil) async throws -> RawClient {
        let client = RawClient()
        let channel = try await ClientBootstrap(
            group: MultiThreadedEventLoopGroup.singleton
        )
        .channelOption(.socketOption(.so_rcvbuf), value: 32 * 1024)
        .channelInitializer { $0.pipeline.addHandler(client) }
        .connect(host: "127.0.0.1", port: port).get()
        client.state.withLock { $0.channel = channel }
        channel.writeAndFlush(ByteBuffer(string: request ?? handshake()), promise: nil)
        if request == nil { try await waitUntil { client.state.withLock(\.isUpgraded) } }
        return client
    }

    func send(text: String) {
        let channel = state.withLock(\.channel)
        channel?.writeAndFlush(ClientBytes.text(text), promise: nil)
    }

    func stopReading() async throws {
        try await state.withLock(\.channel)?.setOption(.autoRead, value: false).get()
    }

    func close() {
        let channel = state.withLock(\.channel)
        channel?.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        state.withLock { state in
            if !state.isUpgraded {
                state.head += bytes.readString(length: bytes.readableBytes) ?? ""
                // The server speaks first only after hello, so no frame follows the head.
                state.isUpgraded = state.head.hasSuffix("\r\n\r\n")
                return
            }
            state.reader.append(bytes)
            while let frame = try? state.reader.next() {
                switch frame {
                case .text(let text): state.texts.append(text)
                case .close(let code): state.closeCode = code
                case .ping, .pong: break
                }
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        state.withLock { $0.isClosed = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
