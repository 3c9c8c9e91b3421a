import Foundation
import TestKit
import Testing

extension Referees {
    @Suite struct KcatTests {
        private struct Metadata: Decodable {
            struct Broker: Decodable {
                let id: Int
                let name: String
            }

            struct Topic: Decodable {
                struct Partition: Decodable {
                    let partition: Int
                    let leader: Int
                }

                let topic: String
                let partitions: [Partition]
            }

            let brokers: [Broker]
            let topics: [Topic]
        }

        @Test func theListNamesTheBrokerAndEveryTopicWithItsPartitions() async throws {
            try await TestBroker.run { broker in
                try await broker.create(["one": 1, "many": 5])
                let output = try await Kcat.run(broker, ["-L", "-J"])
                let metadata = try JSONDecoder().decode(Metadata.self, from: output)
                #expect(metadata.brokers.map(\.name) == [broker.brokers])
                let topics = Dictionary(
                    uniqueKeysWithValues: metadata.topics.map { ($0.topic, $0.partitions) }
                )
                #expect(topics["one"]?.map(\.partition) == [0])
                #expect(topics["many"]?.map(\.partition).sorted() == [0, 1, 2, 3, 4])
                #expect(topics.keys.allSatisfy { !$0.hasPrefix("__") })
                let leaders = Set(topics.values.joined().map(\.leader))
                #expect(leaders == Set(metadata.brokers.map(\.id)))
                #expect(leaders.count == 1)
            }
        }

        @Test func keysValuesAndHeadersArriveAndOffsetsSelectRecords() async throws {
            try await TestBroker.run { broker in
                try await broker.create(["letters": 1])
                let lines = (0..<10).map { "k\($0):value \($0) ✓" }
                try await Kcat.produce(
                    broker,
                    ["-t", "letters", "-K:", "-H", "first=1", "-H", "second=zwei"],
                    lines
                )
                try await Kcat.produce(broker, ["-t", "letters", "-Z", "-K:"], ["gone:"])
                let wanted = (0..<10).map { number in
                    Kcat.Record(
                        topic: "letters",
                        partition: 0,
                        offset: Int64(number),
                        key: "k\(number)",
                        payload: "value \(number) ✓",
                        headers: ["first", "1", "second", "zwei"]
                    )
                }
                let all = try await Kcat.consume(broker, ["-t", "letters", "-o", "beginning"])
                #expect(all.count == 11)
                #expect(Array(all.prefix(10)) == wanted)
                #expect(all.last?.key == "gone" && all.last?.payload == nil)
                for (offset, expected) in [("6", 6...10), ("-2", 9...10), ("s@0", 0...10)] {
                    let found = try await Kcat.consume(broker, ["-t", "letters", "-o", offset])
                    #expect(found.map(\.offset) == expected.map(Int64.init), "-o \(offset)")
                }
                let past = try await Kcat.run(broker, ["-Q", "-t", "letters:0:1"])
                #expect(String(decoding: past, as: UTF8.self).contains("letters [0] offset 0"))
            }
        }

        @Test func aConsumerAtTheEndGetsWhatComesAfterItAndNothingElse() async throws {
            try await TestBroker.run { broker in
                try await broker.create(["news": 1])
                try await Kcat.produce(broker, ["-t", "news"], ["old 1", "old 2"])
                let reader = try Kcat(broker, ["-C", "-J", "-t", "news", "-o", "end", "-c", "1"])
                try await wait(for: "kcat to be at the end") {
                    reader.errors.contains("Reached end of topic news [0] at offset 2")
                }
                try await Kcat.produce(broker, ["-t", "news"], ["new"])
                let records = try Kcat.records(in: try await reader.finish())
                #expect(records.map(\.payload) == ["new"] && records.map(\.offset) == [2])
            }
        }

        @Test func aGroupReadsTwoTopicsAndGoesOnWhereItStopped() async throws {
            try await TestBroker.run { broker in
                try await broker.create(["left": 2, "right": 3])
                let group = [
                    "-J", "-q", "-e", "-X", "auto.offset.reset=earliest", "-G", "readers",
                    "left", "right",
                ]
                for round in 0..<2 {
                    let lines = (0..<100).map { "\($0):round \(round) record \($0)" }
                    for topic in ["left", "right"] {
                        try await Kcat.produce(broker, ["-t", topic, "-K:"], lines)
                    }
                    let output = try await Kcat.run(broker, group)
                    let records = try Kcat.records(in: output)
                    let wanted = (0..<100).map { "round \(round) record \($0)" }
                    for topic in ["left", "right"] {
                        let found = records.filter { $0.topic == topic }.compactMap(\.payload)
                        #expect(found.sorted() == wanted.sorted(), "\(topic), round \(round)")
                    }
                }
            }
        }

        @Test func aMessageOf900KilobytesComesBackAsItWas() async throws {
            try await TestBroker.run { broker in
                try await broker.create(["large": 1])
                var random = SeededRandom(seed: 900)
                let large = Data(
                    (0..<900 * 1024).map { _ in UInt8.random(in: 2...255, using: &random) }
                )
                // The delimiter is a byte that does not occur, so that all of it is one message.
                let delimiter = ["-D", #"\x01"#]
                try await Kcat.run(broker, ["-P", "-t", "large"] + delimiter, input: large)
                let back = try await Kcat.run(
                    broker,
                    ["-C", "-t", "large", "-o", "beginning", "-e", "-q", "-f", "%s"]
                )
                #expect(back == large)
            }
        }

        @Test func everyCompressionOfDebiansLibraryIsStoredAsItCame() async throws {
            try await TestBroker.run { broker in
                let codecs = ["none", "gzip", "snappy", "lz4", "zstd"]
                let lines = (0..<200).map {
                    "line \($0) " + String(repeating: "to compress ", count: 9)
                }
                for codec in codecs {
                    try await broker.create([codec: 1])
                    try await Kcat.produce(
                        broker,
                        [
                            "-t", codec, "-z", codec, "-X", "enable.idempotence=true", "-X",
                            "acks=all",
                        ],
                        lines
                    )
                    let found = try await Kcat.consume(broker, ["-t", codec, "-o", "beginning"])
                    #expect(found.map(\.payload) == lines, "\(codec)")
                }
                _ = await broker.stop("broker")
                for (number, codec) in codecs.enumerated() {
                    let stored = try StoredBatches.codecs(of: codec, 0, in: broker.data)
                    #expect(Set(stored) == [number], "\(codec)")
                }
            }
        }
    }
}
