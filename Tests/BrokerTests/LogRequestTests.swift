import KafkaWire
import NIOCore
import Testing

@testable import Broker

@Suite struct LogRequestTests {
    @Test(arguments: [Int16(3), 7, 8, 9])
    func whatIsProducedIsFetched(version: Int16) async throws {
        try await withBroker { broker in
            let client = try broker.client()
            #expect(try client.createTopic("t", partitions: 2) == .none)
            for number in 0..<5 {
                let answer = try client.produce(
                    "t",
                    partition: 1,
                    WireClient.batch(["a\(number)", "b\(number)"]),
                    version: version
                )
                #expect(answer.error == .none)
                #expect(answer.baseOffset == Int64(number * 2))
            }
            for fetchVersion in FetchRequest.versions {
                let found = try client.fetch("t", partition: 1, from: 3, version: fetchVersion)
                #expect(found.highWatermark == 10)
                // Whole batches: the first begins before the offset asked for.
                #expect(
                    try WireClient.values(found)
                        == ["a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4"]
                )
            }
        }
    }

    @Test func aRepetitionGetsTheFirstAnswerAndAGapIsRefused() async throws {
        try await withBroker { broker in
            let client = try broker.client()
            _ = try client.createTopic("t")
            func send(_ sequence: Int32, epoch: Int16 = 0) throws -> ProduceResponse.Partition {
                try client.produce(
                    "t",
                    WireClient.batch(["\(sequence)"], producer: 1, epoch: epoch, sequence: sequence)
                )
            }
            for sequence in Int32(0)..<7 { #expect(try send(sequence).error == .none) }
            #expect(try send(4).baseOffset == 4)
            #expect(try send(9).error == .outOfOrderSequenceNumber)
            #expect(try send(0).error == .duplicateSequenceNumber)
            #expect(try send(0, epoch: 1).baseOffset == 7)
            #expect(try send(7).error == .invalidProducerEpoch)
            #expect(try client.fetch("t", from: 0).highWatermark == 8)
        }
    }

    @Test func aFetchWaitsUntilSomethingComes() async throws {
        try await withBroker { broker in
            let reader = try broker.client()
            let writer = try broker.client()
            _ = try writer.createTopic("t")
            // It would wait longer than the client would.
            let correlation = try reader.send(
                WireClient.fetch("t", from: 0, wait: 60_000),
                version: 12
            )
            #expect(try writer.produce("t", WireClient.batch(["x"])).error == .none)
            let answer = try reader.receive(
                FetchRequest.self,
                version: 12,
                correlation: correlation
            )
            #expect(try WireClient.values(answer.topics[0].partitions[0]) == ["x"])
        }
    }

    @Test func aRequestBehindAWaitingFetchReleasesIt() async throws {
        try await withBroker { broker in
            let client = try broker.client()
            _ = try client.createTopic("t")
            let first = try client.send(WireClient.fetch("t", from: 0, wait: 60_000), version: 12)
            let second = try client.send(MetadataRequest(), version: 9)
            let fetched = try client.receive(FetchRequest.self, version: 12, correlation: first)
            #expect(fetched.topics[0].partitions[0].records?.readableBytes == 0)
            let metadata = try client.receive(
                MetadataRequest.self,
                version: 9,
                correlation: second
            )
            #expect(metadata.topics.map(\.name) == ["t"])
        }
    }

    @Test func answersComeInTheOrderOfTheRequests() async throws {
        try await withBroker { broker in
            let client = try broker.client()
            _ = try client.createTopic("t")
            // More than may be unanswered at once.
            let numbers = try (0..<300).map { number in
                number % 3 == 0
                    ? (
                        true,
                        try client.send(
                            WireClient.produce("t", WireClient.batch(["\(number)"])),
                            version: 9
                        )
                    )
                    : (false, try client.send(ListGroupsRequest(), version: 4))
            }
            for (isProduce, correlation) in numbers {
                if isProduce {
                    let answer = try client.receive(
                        ProduceRequest.self,
                        version: 9,
                        correlation: correlation
                    )
                    #expect(answer.topics[0].partitions[0].error == .none)
                } else {
                    _ = try client.receive(
                        ListGroupsRequest.self,
                        version: 4,
                        correlation: correlation
                    )
                }
            }
        }
    }

    @Test func withoutAcknowledgementThereIsNoAnswer() async throws {
        try await withBroker { broker in
            let client = try broker.client()
            _ = try client.createTopic("t")
            try client.send(
                WireClient.produce("t", WireClient.batch(["quiet"]), acks: 0),
                version: 9
            )
            let answer = try client.produce("t", WireClient.batch(["loud"]))
            #expect(answer.baseOffset == 1)
        }
    }

    @Test func damagedAndMisdirectedBatchesAreRefused() async throws {
        try await withBroker { broker in
            let client = try broker.client()
            _ = try client.createTopic("t", configs: ["max.message.bytes": "2000"])
            var damaged = WireClient.batch(["x"])
            damaged.setInteger(UInt8(0xff), at: damaged.writerIndex - 2)
            #expect(try client.produce("t", damaged).error == .corruptMessage)
            let large = WireClient.batch([String(repeating: "x", count: 3000)])
            #expect(try client.produce("t", large).error == .messageTooLarge)
            let good = WireClient.batch(["x"])
            #expect(try client.produce("none", good).error == .unknownTopicOrPartition)
            #expect(
                try client.produce("t", partition: 7, good).error == .unknownTopicOrPartition
            )
            #expect(
                try client.produce("__martlet_group_offsets", good).error
                    == .unknownTopicOrPartition
            )
            #expect(try client.fetch("t", from: 0).highWatermark == 0)
            #expect(try client.fetch("t", from: 1).error == .offsetOutOfRange)
        }
    }

    @Test func everythingIsThereAfterARestart() async throws {
        let first = try await TestBroker()
        let client = try first.client()
        _ = try client.createTopic("t")
        let batch = WireClient.batch(["x", "y"], producer: 5, epoch: 0, sequence: 0)
        #expect(try client.produce("t", batch).baseOffset == 0)
        let id = try client.call(InitProducerIDRequest(), version: 4).producerID
        await first.stopKeepingFolder()
        let second = try await TestBroker(directory: first.directory)
        let again = try second.client()
        #expect(try WireClient.values(try again.fetch("t", from: 0)) == ["x", "y"])
        #expect(try again.produce("t", batch).baseOffset == 0)
        #expect(try again.fetch("t", from: 0).highWatermark == 2)
        #expect(try again.call(InitProducerIDRequest(), version: 4).producerID > id)
        await second.stop()
        await first.stop()
    }

    @Test func topicsAreMadeCheckedShownAndDeleted() async throws {
        try await withBroker { broker in
            let client = try broker.client()
            #expect(try client.createTopic("t", configs: ["retention.ms": "1"]) == .none)
            #expect(try client.createTopic("t") == .topicAlreadyExists)
            #expect(try client.createTopic("a b") == .invalidTopic)
            #expect(try client.createTopic("u", partitions: 0) == .invalidPartitions)
            #expect(try client.createTopic("u", configs: ["nonsense": "1"]) == .invalidConfig)
            var resource = DescribeConfigsRequest.Resource()
            resource.type = 2
            resource.name = "t"
            var describe = DescribeConfigsRequest()
            describe.resources = [resource]
            for version in DescribeConfigsRequest.versions {
                let configs = try client.call(describe, version: version).results[0].configs
                #expect(configs.first { $0.name == "retention.ms" }?.value == "1")
                #expect(configs.first { $0.name == "cleanup.policy" }?.value == "delete")
            }
            var deletion = DeleteTopicsRequest()
            deletion.names = ["t", "none"]
            let gone = try client.call(deletion, version: 5).topics.map(\.error)
            #expect(gone == [.none, .unknownTopicOrPartition])
            #expect(try client.call(MetadataRequest(), version: 9).topics.isEmpty)
        }
    }

    @Test func aMissingTopicIsMadeOnlyIfThatIsAllowed() async throws {
        var topic = MetadataRequest.Topic()
        topic.name = "t"
        var request = MetadataRequest()
        request.topics = [topic]
        request.allowsAutoCreation = true
        let asked = request
        try await withBroker { broker in
            let answer = try broker.client().call(asked, version: 9)
            #expect(answer.topics[0].error == .unknownTopicOrPartition)
        }
        try await withBroker(.forTests { $0.createsTopics = true }) { broker in
            let answer = try broker.client().call(asked, version: 9)
            #expect(answer.topics[0].error == .none)
            #expect(answer.topics[0].partitions.count == 1)
        }
    }
}
