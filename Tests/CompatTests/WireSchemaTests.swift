import KafkaWire
import NIOCore
import TestKit
import Testing

extension Referees {
    /// KafkaWire against Apache's message schemas, which kafka-python carries and encodes by.
    @Suite struct WireSchemaTests {
        static let kinds: [any WireRequest.Type] = [
            ProduceRequest.self, FetchRequest.self, ListOffsetsRequest.self,
            MetadataRequest.self, OffsetCommitRequest.self, OffsetFetchRequest.self,
            FindCoordinatorRequest.self, JoinGroupRequest.self, HeartbeatRequest.self,
            LeaveGroupRequest.self, SyncGroupRequest.self, DescribeGroupsRequest.self,
            ListGroupsRequest.self, ApiVersionsRequest.self, CreateTopicsRequest.self,
            DeleteTopicsRequest.self, DeleteRecordsRequest.self, InitProducerIDRequest.self,
            OffsetForLeaderEpochRequest.self, DescribeConfigsRequest.self,
            CreatePartitionsRequest.self, DeleteGroupsRequest.self,
        ]

        @Test func everyAnnouncedMessageIsReadAndWrittenAsApachesSchemaSays() async throws {
            try await TestBroker.run { broker in
                var options = ClientOptions()
                options.seed = 20_260
                options.count = 12
                let program = try await ClientProgram(
                    "wire_samples.py",
                    "samples",
                    options,
                    on: broker
                )
                try await program.finish()
                let announced = try program.all(Told.Announced.self)
                let known = Self.kinds.map { $0.key.rawValue }
                #expect(announced.map(\.api).sorted() == known.sorted())
                for line in announced {
                    let kind = try #require(Self.kinds.first { $0.key.rawValue == line.api })
                    #expect(kind.versions == line.first...line.last, "\(kind)")
                }
                let samples = try program.all(Told.Sample.self)
                let versions = announced.reduce(0) { $0 + Int($1.last - $1.first) + 1 }
                #expect(samples.count == versions * 2 * options.count)
                for sample in samples {
                    let kind = try #require(Self.kinds.first { $0.key.rawValue == sample.api })
                    Self.check(kind, sample)
                }
            }
        }

        /// What is written must be the very bytes that were read; tagged fields are skipped.
        private static func check<Request: WireRequest>(
            _ kind: Request.Type,
            _ sample: Told.Sample
        ) {
            for (bytes, what) in [(sample.plain, "plain"), (sample.tagged, "with tags")] {
                let name = "\(kind) \(sample.kind) \(sample.version) \(what): \(bytes)"
                do {
                    let read = ByteBuffer(bytes: bytes.hexadecimalBytes)
                    var written = ByteBuffer()
                    if sample.kind == "request" {
                        try Request(from: read, version: sample.version)
                            .write(to: &written, version: sample.version)
                    } else {
                        try Request.write(
                            Request.readResponse(from: read, version: sample.version),
                            to: &written,
                            version: sample.version
                        )
                    }
                    let wanted = ByteBuffer(bytes: sample.plain.hexadecimalBytes)
                    #expect(written == wanted, "\(name)")
                } catch {
                    Issue.record("\(name): \(error)")
                }
            }
        }
    }
}

extension String {
    /// The bytes that pairs of hexadecimal digits name.
    fileprivate var hexadecimalBytes: [UInt8] {
        let digits = utf8.map { UInt8($0 > 0x39 ? $0 - 0x57 : $0 - 0x30) }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
