import KafkaWire
import NIOCore
import Testing

@Suite struct MessageTests {
    static let kinds: [any WireRequest.Type] = [
        ProduceRequest.self, FetchRequest.self, ListOffsetsRequest.self, MetadataRequest.self,
        OffsetCommitRequest.self, OffsetFetchRequest.self, FindCoordinatorRequest.self,
        JoinGroupRequest.self, HeartbeatRequest.self, LeaveGroupRequest.self,
        SyncGroupRequest.self, DescribeGroupsRequest.self, ListGroupsRequest.self,
        ApiVersionsRequest.self, CreateTopicsRequest.self, DeleteTopicsRequest.self,
        DeleteRecordsRequest.self, InitProducerIDRequest.self,
        OffsetForLeaderEpochRequest.self, DescribeConfigsRequest.self,
        CreatePartitionsRequest.self, DeleteGroupsRequest.self,
    ]

    /// Mostly small numbers, so that lengths are often possible.
    private static func bytes(_ random: inout TestRandom) -> ByteBuffer {
        var buffer = ByteBuffer()
        for _ in 0..<Int.random(in: 0...160, using: &random) {
            let choice = Int.random(in: 0..<10, using: &random)
            buffer.writeInteger(
                choice < 6
                    ? 0
                    : choice < 9
                        ? UInt8.random(in: 0...4, using: &random)
                        : UInt8.random(in: 0...255, using: &random)
            )
        }
        return buffer
    }

    /// What can be read is written and read again without a change; what can't be is refused, never a trap.
    private static func check<Request: WireRequest>(
        _ kind: Request.Type,
        version: Int16,
        _ random: inout TestRandom
    ) throws -> Int {
        var readable = 0
        for _ in 0..<150 {
            let input = bytes(&random)
            if let request = try? Request(from: input, version: version) {
                readable += 1
                var first = ByteBuffer()
                try request.write(to: &first, version: version)
                var second = ByteBuffer()
                try Request(from: first, version: version).write(to: &second, version: version)
                #expect(first == second, "\(kind) \(version)")
            }
            if let response = try? Request.readResponse(from: input, version: version) {
                var first = ByteBuffer()
                try Request.write(response, to: &first, version: version)
                let again = try Request.readResponse(from: first, version: version)
                var second = ByteBuffer()
                try Request.write(again, to: &second, version: version)
                #expect(first == second, "\(kind) answer \(version)")
            }
        }
        return readable
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func whatIsReadIsWrittenTheSame(seed: UInt64) throws {
        var random = TestRandom(seed: seed)
        for kind in Self.kinds {
            var readable = 0
            for version in kind.versions {
                readable += try Self.check(kind, version: version, &random)
            }
            #expect(readable > 0, "\(kind) was never readable: the test tests nothing")
        }
    }

    @Test func aVersionThatIsNotServedIsRefused() {
        #expect(throws: WireError(.unsupportedVersion)) {
            try ProduceRequest(from: ByteBuffer(), version: 99)
        }
    }

    @Test func manyElementsInFewBytesAreRefused() {
        // 60 MB of arrays of arrays would be made of 1 MB.
        var buffer = ByteBuffer()
        buffer.writeInteger(Int32(400_000))
        buffer.writeRepeatingByte(0, count: 1 << 20)
        #expect(throws: WireError(.tooManyElements)) {
            try MetadataRequest(from: buffer, version: 1)
        }
    }

    @Test func lengthsBeyondTheEndAreRefused() {
        var buffer = ByteBuffer()
        buffer.writeInteger(Int32(1))
        buffer.writeInteger(Int16(100))
        buffer.writeString("short")
        #expect(throws: WireError(.invalidLength)) {
            try MetadataRequest(from: buffer, version: 1)
        }
    }

    @Test func taggedFieldsAreSkipped() throws {
        var buffer = ByteBuffer()
        try InitProducerIDRequest().write(to: &buffer, version: 4)
        buffer.moveWriterIndex(to: buffer.writerIndex - 1)
        buffer.writeBytes([2, 0, 3, 1, 2, 3, 7, 0])
        let request = try InitProducerIDRequest(from: buffer, version: 4)
        #expect(request.producerID == -1)
        buffer.moveWriterIndex(to: buffer.writerIndex - 2)
        #expect(throws: WireError.self) {
            try InitProducerIDRequest(from: buffer, version: 4)
        }
    }

    @Test func headersAreReadAsWritten() throws {
        for isFlexible in [false, true] {
            let header = RequestHeader(
                key: .fetch,
                version: 12,
                correlationID: 7,
                clientID: "tester"
            )
            var buffer = ByteBuffer()
            try header.write(to: &buffer, isFlexible: isFlexible)
            var read = try RequestHeader(from: &buffer)
            try read.readRest(from: &buffer, isFlexible: isFlexible)
            #expect(read == header)
            #expect(buffer.readableBytes == 0)
        }
    }
}
