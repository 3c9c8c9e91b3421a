import TestKit
import Testing

extension Referees {
    @Suite struct BrokerDeathTests {
        @Test(arguments: Library.allCases)
        func whatWasAcknowledgedAroundKillsIsThereOnceAndInOrder(library: Library) async throws {
            try await TestBroker.run { broker in
                let (partitions, count, kills) = (3, 12_000, 3)
                try await broker.create(["survivors": partitions])
                var options = ClientOptions()
                options.topic = "survivors"
                options.partitions = partitions
                options.count = count
                // Small batches, so that a kill falls between them.
                options.settings = [
                    "batch.num.messages": "20", "queue.buffering.max.messages": "300",
                ]
                let producer = try await library.start("produce", options, on: broker)
                for kill in 1...kills {
                    let reached = count * kill / (kills + 2)
                    try await producer.wait(for: "\(reached) reports") {
                        producer.count(Told.Delivered.self) >= reached
                    }
                    try await broker.killAndRestartBroker()
                    #expect(
                        producer.count(Told.Delivered.self) < count,
                        "the kill must come in the middle"
                    )
                }
                try await producer.finish()
                let reports = try producer.all(Told.Delivered.self)
                #expect(producer.count(Told.Failed.self) == 0)
                #expect(reports.count == count && Set(reports.map(\.index)).count == count)
                let records: [Told.Record] =
                    try await Library.confluent.run("consume", options, on: broker).all()
                Expectations.expectExactly(
                    count,
                    partitions: partitions,
                    in: records,
                    "\(library), after \(kills) kills"
                )
                Expectations.expectReports(reports, agreeWith: records)
            }
        }
    }
}
