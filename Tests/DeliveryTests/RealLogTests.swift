import Accounts
import EventLog
import Events
import Foundation
import Ingest
import Logging
import NIOCore
import ServiceKit
import ServiceLifecycle
import SwiftProtobuf
import Synchronization
import Testing
import Web

@testable import Delivery

/// Delivery as its command puts it together, over the embedded broker; only tokens and submissions are a test's own.
@Suite(.enabled(if: RealBroker.executable != nil, "needs martlet-broker beside the tests"))
struct RealLogTests {
    @Test func anInboxRecordReachesTheDeviceAndItsAcknowledgementTheLog() async throws {
        try await RealBroker.with { broker in
            try broker.makeTopics(epoch: 99)
            let producer = try broker.producer("writer")
            defer { producer.close() }
            let state = broker.directory + "/delivery-1"
            try FileManager.default.createDirectory(
                atPath: state,
                withIntermediateDirectories: true
            )
            let device = Identity(
                account: AccountID(high: 2, low: 2),
                device: DeviceID(high: 2, low: 200)
            )
            try await broker.runDelivery(state) { port in
                let client = try await RawClient.connect(port)
                try await say(hello: device, nil, client, port)
                for seq in 1...3 { try append(seq, to: device, producer) }
                try await waitUntil { client.texts.count == 4 }
                #expect(client.texts[3].contains("\"seq\":3"))
                let last = try position(client.texts[3])
                client.send(text: "{\"type\":\"ack\",\"position\":\"\(last)\"}")
                let receipts = try broker.records(.receipts) { $0.count == 1 }
                let receipt = try PBReceipt(serializedBytes: receipts[0].value ?? [])
                #expect(receipt.marks.deliveredSeq == 3)
                let sessions = try broker.records(.sessions) { !$0.isEmpty }
                let connected = try PBSessionRecord(serializedBytes: sessions[0].value ?? [])
                #expect(connected.record == .connected(PBConnected()))
                let routes = try broker.records(.routes) { $0.count == 5 }
                #expect(
                    routes.filter { $0.key?.starts(with: "partition-".utf8) == true }.count == 4
                )
                client.close()
            }
            // A new process over the same index: the device was away for two messages.
            for seq in 4...5 { try append(seq, to: device, producer) }
            try await broker.runDelivery(state) { port in
                let client = try await RawClient.connect(port)
                let start = InboxPosition(epoch: 99, offset: Offset(3))
                try await say(hello: device, start, client, port)
                try await waitUntil { client.texts.count == 3 }
                #expect(client.texts[1].contains("\"seq\":4"))
                #expect(client.texts[2].contains("\"seq\":5"))
                client.close()
            }
        }
    }

    @Test func twoPeopleSeeEachOtherTypingAndWhoIsThere() async throws {
        try await RealBroker.with { broker in
            try broker.makeTopics(epoch: 99)
            let producer = try broker.producer("writer")
            defer { producer.close() }
            let state = broker.directory + "/delivery-1"
            try FileManager.default.createDirectory(
                atPath: state,
                withIntermediateDirectories: true
            )
            let ada = Identity(account: adaID, device: DeviceID(high: 1, low: 100))
            let bob = Identity(account: bobID, device: DeviceID(high: 2, low: 200))
            for account in [ada, bob] { try append(1, to: account, producer) }
            let conversation = ConversationID(directBetween: adaID, and: bobID)
            try await broker.runDelivery(state) { port in
                let clients = [
                    try await RawClient.connect(port), try await RawClient.connect(port),
                ]
                let start = InboxPosition(epoch: 99, offset: Offset(0))
                for (identity, client) in zip([ada, bob], clients) {
                    try await say(hello: identity, start, client, port)
                    try await waitUntil { client.texts.contains { $0.contains("\"seq\":1") } }
                }
                clients[1].send(text: "{\"type\":\"watch\",\"accounts\":[\"\(adaID)\"]}")
                try await waitUntil { clients[1].texts.contains { $0.contains("\"online\":true") } }
                clients[0].send(
                    text:
                        "{\"type\":\"typing\",\"conversation_id\":\"\(conversation)\",\"on\":true}"
                )
                try await waitUntil {
                    clients[1].texts.contains { $0.contains("\"activity\":\"typing\"") }
                }
                clients[0].close()
                try await waitUntil {
                    clients[1].texts.contains { $0.contains("\"online\":false,\"last_seen\":") }
                }
                #expect(clients[0].texts.allSatisfy { !$0.contains("\"signal\"") })
                clients[1].close()
            }
            // A new process over the same index knows when Ada was last there.
            try await broker.runDelivery(state) { port in
                let client = try await RawClient.connect(port)
                try await say(hello: bob, nil, client, port)
                client.send(text: "{\"type\":\"watch\",\"accounts\":[\"\(adaID)\"]}")
                try await waitUntil {
                    client.texts.contains { $0.contains("\"online\":false,\"last_seen\":") }
                }
                client.close()
            }
        }
    }

    @Test func aDeviceThatIsRemovedIsClosedAndStaysOutAfterARestart() async throws {
        try await RealBroker.with { broker in
            try broker.makeTopics(epoch: 99)
            let producer = try broker.producer("writer")
            defer { producer.close() }
            let state = broker.directory + "/delivery-1"
            try FileManager.default.createDirectory(
                atPath: state,
                withIntermediateDirectories: true
            )
            let bob = Identity(account: bobID, device: DeviceID(high: 2, low: 200))
            try await broker.runDelivery(state) { port in
                let client = try await RawClient.connect(port)
                try await say(hello: bob, nil, client, port)
                let removal = AccountEvent(
                    account: bobID,
                    device: nil,
                    serverTime: Timestamp(milliseconds: 1),
                    change: .deviceRemoved(bob.device)
                )
                try producer.appendAndWait([
                    OutgoingRecord(topic: .accounts, key: bobID.bytes, value: removal.encoded())
                ])
                try await waitUntil { client.closeCode == 4502 }
                #expect(client.texts.last?.contains("device_removed") == true)
            }
            try await broker.runDelivery(state) { port in
                let client = try await RawClient.connect(port)
                client.send(
                    text: "{\"type\":\"hello\",\"token\":\"\(FakeTokens.token(bob))\"}"
                )
                try await waitUntil { client.closeCode == 4502 }
            }
        }
    }

    private let adaID = AccountID(high: 1, low: 1)
    private let bobID = AccountID(high: 2, low: 2)

    /// Says hello, again for as long as the partition is not assigned yet.
    private func say(
        hello identity: Identity,
        _ position: InboxPosition?,
        _ client: RawClient,
        _ port: Int
    ) async throws {
        let text = position.map { "\"\($0)\"" } ?? "null"
        client.send(
            text: "{\"type\":\"hello\",\"token\":\"\(FakeTokens.token(identity))\","
                + "\"position\":\(text)}"
        )
        try await waitUntil { client.texts.count >= 1 }
        #expect(client.texts[0].contains("welcome"))
    }

    private func position(_ text: String) throws -> String {
        let frame = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return try #require(frame?["position"] as? String)
    }

    private func append(_ seq: Int, to device: Identity, _ producer: EventProducer) throws {
        let conversation = ConversationID(directBetween: adaID, and: bobID)
        let record = PBInboxRecord.with {
            $0.origin =
                Origin(
                    topicNumber: 1,
                    partition: Partition(0),
                    offset: Offset(Int64(seq))
                ).message
            $0.event = .with {
                $0.conversationID = .init(conversation.bytes)
                $0.conversationKind = .direct
                $0.seq = UInt64(seq)
                $0.sender = .init(adaID.bytes)
                $0.submissionID = .init(SubmissionID(high: 9, low: UInt64(seq)).bytes)
                $0.messagePosted = .with {
                    $0.recipient = .init(bobID.bytes)
                    $0.content = .with { $0.text = .with { $0.text = "hello" } }
                }
            }
        }
        try producer.appendAndWait([
            OutgoingRecord(
                topic: .inbox,
                partition: Partitioner.partition(of: device.account, count: 4),
                key: device.account.bytes,
                value: try record.serializedBytes()
            )
        ])
    }
}

/// The embedded broker as a process of its own, in a temporary folder.
private struct RealBroker {
    let directory: String
    let log: EventLogConfiguration
    private static let logger = Logger(label: "test")

    static var executable: String? {
        guard let tests = Bundle.main.executablePath else { return nil }
        let path = (tests as NSString).deletingLastPathComponent + "/martlet-broker"
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    static func with(_ body: (RealBroker) async throws -> Void) async throws {
        let directory = NSTemporaryDirectory() + "martlet-delivery-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let port = try freePort()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(executable))
        process.arguments = [
            "--data", directory, "--port", "\(port)", "--admin-port", "0", "--log-level", "warning",
        ]
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        try await body(
            RealBroker(
                directory: directory,
                log: EventLogConfiguration(brokers: "127.0.0.1:\(port)", clientID: "test")
            )
        )
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Bool in
                bind(descriptor, address, length) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        try #require(port)
        return Int(UInt16(bigEndian: address.sin_port))
    }

    func producer(_ name: String) throws -> EventProducer {
        var log = log
        log.clientID = name
        return try EventProducer(log, logger: Self.logger)
    }

    func makeTopics(epoch: UInt64) throws {
        let admin = try LogAdmin(log, logger: Self.logger)
        defer { admin.close() }
        _ = try admin.create(
            [
                Topic.inbox, .receipts, .sessions, .memberships, .deadLetters, .accounts, .signals,
            ].map {
                LogAdmin.TopicDefinition(name: $0.name, partitions: 4)
            } + [LogAdmin.TopicDefinition(name: Topic.routes.name, partitions: 1)]
        )
        let producer = try producer("topics")
        defer { producer.close() }
        let record = PBRouteRecord.with { $0.inboxEpoch = .with { $0.epoch = epoch } }
        try producer.appendAndWait([
            OutgoingRecord(
                topic: .routes,
                partition: Partition(0),
                key: Array("inbox-epoch".utf8),
                value: try record.serializedBytes()
            )
        ])
    }

    /// Reads a topic from its beginning until there is enough.
    func records(
        _ topic: Topic,
        until isEnough: ([LogRecord]) -> Bool
    ) throws -> [LogRecord] {
        let partitions: Int32 = topic == .routes ? 1 : 4
        let reader = try LogReader(
            log,
            start: Dictionary(
                uniqueKeysWithValues: (0..<partitions).map {
                    (TopicPartition(topic, Partition($0)), StartPosition.beginning)
                }
            ),
            logger: Self.logger
        )
        defer { reader.close() }
        var records: [LogRecord] = []
        let deadline = ContinuousClock.now + .seconds(60)
        while !isEnough(records) {
            try #require(ContinuousClock.now < deadline, "waited for \(topic)")
            records += try reader.poll()
        }
        return records
    }

    /// Runs delivery until `body` returns, then stops it in order.
    func runDelivery(_ state: String, _ body: (Int) async throws -> Void) async throws {
        let producer = try producer("delivery-1")
        let health = HealthRegistry()
        let assembly = DeliveryAssembly(
            settings: DeliverySettings(instance: "delivery-1", url: "ws://test/v1/socket"),
            log: log,
            producer: producer,
            submissions: FakeSubmissions(),
            tokens: FakeTokens(),
            registry: DeviceRegistry(),
            ids: UUIDv7Generator(clock: SystemClock()),
            clock: SystemClock(),
            logger: Self.logger,
            health: health,
            indexPath: state + "/inbox.sqlite",
            retention: .seconds(3600)
        )
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let services = try assembly.services(host: "127.0.0.1", port: 0) { address in
            found.yield(address?.port ?? 0)
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map {
                    ServiceGroupConfiguration.ServiceConfiguration(service: $0)
                },
                logger: Self.logger
            )
        )
        let running = Task { try await group.run() }
        let port = try #require(await ports.first { _ in true })
        do {
            try await waitUntil { health.isReady }
            try await body(port)
        } catch {
            await group.triggerGracefulShutdown()
            try? await running.value
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running.value
    }
}
