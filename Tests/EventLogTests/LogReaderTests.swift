import Events
import Logging
import Testing

@testable import EventLog

@Suite(.serialized, .timeLimit(.minutes(2)))
struct LogReaderTests {
    private func fill(_ cluster: MockCluster, _ range: Range<Int>) async throws {
        let producer = try EventProducer(cluster.configuration(), logger: quiet)
        try await LogReader.onThread { try producer.appendAndWait(numbered(range)) }
        producer.close()
    }

    @Test func readingToTheEndGivesEverythingAndStops() async throws {
        let cluster = try MockCluster()
        try await fill(cluster, 0..<5000)
        let records = try await everything(in: cluster)
        #expect(Set(records.compactMap(number)) == Set(0..<5000))
        #expect(records.count == 5000)
    }

    @Test func emptyPartitionsEndAtOnce() async throws {
        let cluster = try MockCluster()
        #expect(try await everything(in: cluster).isEmpty)
        let configuration = cluster.configuration()
        try await fill(cluster, 0..<10)
        try await LogReader.onThread {
            var start = fromBeginning()
            for partition in start.keys { start[partition] = .end }
            try LogReader.readToEnd(configuration, start: start, logger: quiet) { _ in
                Issue.record("there is nothing after the end")
            }
        }
    }

    @Test func readingStartsWhereItIsTold() async throws {
        let cluster = try MockCluster(partitions: 1)
        try await fill(cluster, 0..<10)
        let configuration = cluster.configuration()
        let numbers = try await LogReader.onThread {
            var found: [Int] = []
            try LogReader.readToEnd(
                configuration,
                start: [TopicPartition(.submissions, Partition(0)): .offset(Offset(6))],
                logger: quiet
            ) { found += $0.compactMap(number) }
            return found
        }
        #expect(numbers == [6, 7, 8, 9])
    }

    @Test func aFollowerGetsWhatComesLater() async throws {
        let cluster = try MockCluster()
        try await fill(cluster, 0..<10)
        let configuration = cluster.configuration()
        async let found = LogReader.onThread {
            let reader = try LogReader(configuration, start: fromBeginning(), logger: quiet)
            defer { reader.close() }
            var numbers: Set<Int> = []
            while numbers.count < 20 { numbers.formUnion(try reader.poll().compactMap(number)) }
            return numbers
        }
        try await fill(cluster, 10..<20)
        #expect(try await found == Set(0..<20))
    }

    @Test func aReaderGoesOnWithOtherPartitions() async throws {
        let cluster = try MockCluster()
        try await fill(cluster, 0..<5000)
        let configuration = cluster.configuration()
        let numbers = try await LogReader.onThread {
            let reader = try LogReader(
                configuration,
                start: [:],
                patience: .milliseconds(10),
                logger: quiet
            )
            defer { reader.close() }
            var numbers: [Int] = []
            for partition in fromBeginning().keys.sorted() {
                try reader.read([partition: .beginning])
                var isAtEnd = false
                while !isAtEnd {
                    let records = try reader.poll()
                    // What was read ahead of the one before does not come any more.
                    #expect(records.allSatisfy { $0.topicPartition == partition })
                    numbers += records.compactMap(number)
                    isAtEnd = reader.takeEnds()[partition] != nil
                }
            }
            return numbers
        }
        #expect(numbers.count == 5000)
        #expect(Set(numbers) == Set(0..<5000))
    }

    @Test func theAdministratorSeesTopicsAndWatermarks() async throws {
        let cluster = try MockCluster(partitions: 3)
        try await fill(cluster, 0..<10)
        let configuration = cluster.configuration()
        try await LogReader.onThread {
            let admin = try LogAdmin(configuration, logger: quiet)
            defer { admin.close() }
            #expect(try admin.topics() == ["submissions": 3, "timeline": 3])
            let ends = try fromBeginning(partitions: 3).keys.map {
                try admin.watermarks(of: $0).high.number
            }
            #expect(ends.reduce(0, +) == 10)
        }
    }
}
