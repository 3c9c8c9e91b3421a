import TestKit
import Testing

extension Referees {
    @Suite struct ProduceAndConsumeTests {
        static let codecs = ["none", "gzip", "snappy", "lz4", "zstd"]

        @Test(arguments: Library.allCases)
        func whatOneWritesInAnyCompressionIsStoredAsItCameAndReadByAll(
            writer: Library
        ) async throws {
            try await TestBroker.run { broker in
                let (partitions, each) = (2, 60)
                try await broker.create(["mixed": partitions])
                var options = ClientOptions()
                options.topic = "mixed"
                options.partitions = partitions
                options.count = each
                var reports: [Told.Delivered] = []
                for (number, codec) in Self.codecs.enumerated() {
                    options.first = number * each
                    options.compression = codec
                    reports += try await writer.run("produce", options, on: broker).all()
                }
                #expect(reports.count == Self.codecs.count * each)
                for reader in Library.allCases {
                    let records: [Told.Record] =
                        try await reader.run("consume", options, on: broker).all()
                    Expectations.expectExactly(
                        Self.codecs.count * each,
                        partitions: partitions,
                        in: records,
                        "\(writer) to \(reader)"
                    )
                    Expectations.expectReports(reports, agreeWith: records)
                }
                _ = await broker.stop("broker")
                for partition in 0..<partitions {
                    let stored = try StoredBatches.codecs(of: "mixed", partition, in: broker.data)
                    #expect(
                        stored.reduce(into: []) { if $0.last != $1 { $0.append($1) } } == [
                            0, 1, 2, 3, 4,
                        ]
                    )
                }
            }
        }

        @Test(arguments: Library.allCases)
        func tenThousandIdempotentRecordsAreThereOnceAndInOrder(writer: Library) async throws {
            try await TestBroker.run { broker in
                let (partitions, count) = (4, 10_000)
                try await broker.create(["many": partitions])
                var options = ClientOptions()
                options.topic = "many"
                options.partitions = partitions
                options.count = count
                let producer = try await writer.run("produce", options, on: broker)
                let reports = try producer.all(Told.Delivered.self)
                #expect(producer.count(Told.Failed.self) == 0)
                #expect(Set(reports.map(\.index)) == Set(0..<count))
                for reader in [writer, .confluent] {
                    let records: [Told.Record] =
                        try await reader.run("consume", options, on: broker).all()
                    Expectations.expectExactly(
                        count,
                        partitions: partitions,
                        in: records,
                        "\(writer) to \(reader)"
                    )
                    Expectations.expectReports(reports, agreeWith: records)
                }
            }
        }

        @Test(arguments: Library.allCases)
        func watermarksTimesAndSeeksLeadToTheRightOffsets(library: Library) async throws {
            try await TestBroker.run { broker in
                try await broker.create(["timed": 1])
                let (count, start) = (50, SampleRecord.timestamp)
                var options = ClientOptions()
                options.topic = "timed"
                options.count = count
                try await library.run("produce", options, on: broker)
                options.timestamps = [
                    0, start, start + 17, start + Int64(count) - 1, start + Int64(count),
                ]
                options.offsets = [31, 7, 49]
                let program = try await library.run("positions", options, on: broker)
                let watermarks = try program.only(Told.Watermarks.self)
                #expect(watermarks.low == 0 && watermarks.high == Int64(count))
                #expect(
                    try program.all(Told.ByTime.self).map(\.offset) == [0, 0, 17, 49, nil]
                )
                let sought = try program.all(Told.Sought.self)
                #expect(sought.map(\.wanted) == [0, 31, 7, 49])
                #expect(sought.allSatisfy { $0.offset == $0.wanted })
                if library == .confluent {
                    let offsets = try program.only(Told.AdminOffsets.self)
                    #expect(offsets == Told.AdminOffsets(latest: 50, newest: 49, timed: 17))
                }
            }
        }
    }
}
