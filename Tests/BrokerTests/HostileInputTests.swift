import KafkaWire
import NIOCore
import Testing

@testable import Broker

@Suite struct HostileInputTests {
    @Test func anUnknownVersionOfApiVersionsIsAnsweredInVersionZero() async throws {
        try await withBroker { broker in
            let client = try broker.client()
            var frame = ByteBuffer()
            frame.writeInteger(Int32(12))
            frame.writeMultipleIntegers(Int16(18), Int16(99), Int32(5), Int16(-1), Int16(0))
            try client.send(frame)
            let answer = try client.receive(ApiVersionsRequest.self, version: 0, correlation: 5)
            #expect(answer.error == .unsupportedVersion)
            #expect(answer.keys.count == BrokerCore.served.count)
            let produce = try #require(answer.keys.first { $0.key == 0 })
            #expect(produce.minVersion == 0 && produce.maxVersion == 9)
        }
    }

    @Test func framesThatMakeNoSenseEndTheConnectionAndNothingElse() async throws {
        try await withBroker(.forTests { $0.requestBytesMax = 100_000 }) { broker in
            var frames: [[UInt8]] = [
                [0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 1, 0],
                [0, 1, 0x86, 0xa1, 0, 0],
            ]
            // An unknown kind, an unknown version, a body that ends too early.
            frames.append([0, 0, 0, 10, 0, 99, 0, 0, 0, 0, 0, 1, 0xff, 0xff])
            frames.append([0, 0, 0, 10, 0, 0, 0, 50, 0, 0, 0, 1, 0xff, 0xff])
            frames.append([0, 0, 0, 11, 0, 1, 0, 12, 0, 0, 0, 1, 0xff, 0xff, 0])
            for frame in frames {
                let client = try broker.client()
                try client.send(ByteBuffer(bytes: frame))
                #expect(try client.receive() == nil)
            }
            #expect(try broker.client().createTopic("alive") == .none)
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func randomBodiesNeverHurt(seed: UInt64) async throws {
        try await withBroker { broker in
            var state = seed
            func number(_ range: Range<Int>) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return range.lowerBound + Int(state >> 33) % range.count
            }
            for _ in 0..<150 {
                let kind = BrokerCore.served[number(0..<BrokerCore.served.count)]
                var body = ByteBuffer()
                let version = Int16(number(0..<Int(kind.versions.upperBound) + 1))
                body.writeMultipleIntegers(kind.key.rawValue, version, Int32(1), Int16(-1))
                for _ in 0..<number(0..<80) {
                    body.writeInteger(UInt8(number(0..<5) == 0 ? number(0..<256) : number(0..<3)))
                }
                var frame = ByteBuffer()
                frame.writeInteger(Int32(body.readableBytes))
                frame.writeBuffer(&body)
                let client = try broker.client()
                try client.send(frame)
            }
            #expect(try broker.client().createTopic("alive-\(seed)") == .none)
        }
    }

    @Test func tooManyConnectionsAreTurnedAway() async throws {
        try await withBroker(.forTests { $0.connectionsMax = 2 }) { broker in
            let first = try broker.client()
            let second = try broker.client()
            _ = try first.call(ListGroupsRequest(), version: 4)
            _ = try second.call(ListGroupsRequest(), version: 4)
            #expect(try broker.client().receive() == nil)
            _ = try first.call(ListGroupsRequest(), version: 4)
        }
    }
}
