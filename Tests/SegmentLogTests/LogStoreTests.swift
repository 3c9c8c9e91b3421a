import Foundation
import KafkaWire
import Logging
import NIOCore
import SegmentLog
import Testing

/// A store on the real file system.
@Suite final class LogStoreTests {
    private let directory = NSTemporaryDirectory() + "martlet-log-\(UUID().uuidString)"

    deinit {
        try? DiskFileSystem().remove(directory)
    }

    private func open(_ outcomes: Outcomes = Outcomes()) throws -> LogStore {
        try LogStore(
            directory: directory,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onCommit: { commit in
                for append in commit.appends { append.ticket.waiter?.appendDidFinish(append) }
            },
            onFatal: { _ in outcomes.stop() }
        )
    }

    private func append(
        _ timestamps: [Int64],
        to log: PartitionLog,
        _ outcomes: Outcomes,
        index: Int
    ) throws {
        let records = timestamps.enumerated().map { index, time in
            Record(
                offset: Int64(index),
                timestamp: time,
                key: nil,
                value: ByteBuffer(repeating: 0x61, count: 300)
            )
        }
        let batch = RecordBatch.make(records)
        _ = log.append(
            batch,
            header: try RecordBatch.validateProduced(batch),
            ticket: AppendTicket(waiter: outcomes, index: index)
        )
    }

    @Test func aSecondStoreOnTheFolderIsRefused() throws {
        let store = try open()
        #expect(throws: SegmentLogError(.locked, "")) { try self.open() }
        store.close()
    }

    @Test func producerIDsAreNeverGivenTwice() throws {
        var seen: Set<Int64> = []
        for _ in 0..<3 {
            let store = try open()
            for _ in 0..<5 { #expect(seen.insert(try store.makeProducerID()).inserted) }
            store.close()
        }
        #expect(seen.count == 15)
    }

    @Test func producerIDsAreNotGivenAgainWhenATopicWasMadeBeforeACrash() throws {
        let disk = FaultyFileSystem()
        var random = TestRandom(seed: 31)
        var files = disk
        var seen: Set<Int64> = []
        for round in 0..<4 {
            let store = try LogStore(
                directory: "log",
                files: files,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                onCommit: { _ in },
                onFatal: { _ in }
            )
            for number in 0..<3 {
                #expect(seen.insert(try store.makeProducerID()).inserted)
                try store.createTopic("t-\(round)-\(number)", partitions: 1)
                #expect(seen.insert(try store.makeProducerID()).inserted)
            }
            let rest = files.crash(using: &random)
            store.close()
            files = rest
        }
    }

    @Test func clusterIDAndTopicsSurviveARestart() throws {
        var store = try open()
        let id = store.clusterID
        let configuration = try TopicConfiguration(["retention.ms": "5000"])
        try store.createTopic("a.b-c_D", partitions: 2, configuration: configuration)
        try store.growTopic("a.b-c_D", to: 5)
        try store.createTopic("gone", partitions: 1)
        try store.deleteTopic("gone")
        store.close()
        store = try open()
        #expect(store.clusterID == id)
        #expect(Array(store.topics.keys) == ["a.b-c_D"])
        let topic = try #require(store.topic("a.b-c_D"))
        #expect(topic.partitions.count == 5)
        #expect(topic.configuration.retentionMilliseconds == 5000)
        store.close()
    }

    @Test(arguments: ["", ".", "..", "a/b", "a~b", "ü", String(repeating: "a", count: 250)])
    func impossibleNamesAreRefused(name: String) throws {
        let store = try open()
        #expect(throws: SegmentLogError(.invalidName, "")) {
            try store.createTopic(name, partitions: 1)
        }
        store.close()
    }

    @Test func aTopicMadeAnewIsEmpty() throws {
        let outcomes = Outcomes()
        var store = try open(outcomes)
        let first = try store.createTopic("t", partitions: 1)
        try append([1], to: first.partitions[0], outcomes, index: 1)
        #expect(outcomes.wait(for: 1) == true)
        try store.deleteTopic("t")
        let second = try store.createTopic("t", partitions: 1)
        #expect(second.partitions[0].bounds.end == 0)
        store.close()
        store = try open()
        #expect(store.topic("t")?.partitions[0].bounds.end == 0)
        store.close()
    }

    @Test func offsetsAreFoundByTime() throws {
        let outcomes = Outcomes()
        var store = try open(outcomes)
        let configuration = try TopicConfiguration([
            "segment.bytes": "4096", "retention.ms": "-1",
        ])
        let topic = try store.createTopic("t", partitions: 1, configuration: configuration)
        for number in 0..<100 {
            let time = Int64(number * 30)
            try append(
                [time + 10, time + 20, time + 30],
                to: topic.partitions[0],
                outcomes,
                index: number
            )
        }
        #expect(outcomes.wait(for: 99) == true)
        for _ in 0..<2 {
            let log = try #require(store.topic("t")?.partitions[0])
            for time in [Int64(0), 10, 11, 30, 31, 1495, 2999, 3000] {
                let found = try #require(try log.firstOffset(notBefore: time))
                #expect(found.offset == max(0, (time + 9) / 10 - 1))
            }
            #expect(try log.firstOffset(notBefore: 3001) == nil)
            #expect(try log.latestTimestamp()?.offset == 299)
            store.close()
            store = try open()
        }
        store.close()
    }

    @Test func retentionRemovesWholeSegmentsAndMovesTheStart() throws {
        let outcomes = Outcomes()
        let store = try open(outcomes)
        let configuration = try TopicConfiguration([
            "segment.bytes": "2048", "retention.ms": "1000",
        ])
        let log = try store.createTopic("t", partitions: 1, configuration: configuration)
            .partitions[0]
        for number in 0..<30 {
            try append([Int64(number * 100)], to: log, outcomes, index: number)
        }
        #expect(outcomes.wait(for: 29) == true)
        let limit = Date(timeIntervalSinceNow: 30)
        // The names of the segments must be durable first, which a checkpoint in the background sees to.
        while log.bounds.start < 15, Date() < limit { store.housekeep(now: 3000) }
        let start = log.bounds.start
        #expect(start >= 15 && start <= 20)
        #expect(throws: SegmentLogError(.offsetOutOfRange, "")) {
            var buffer = ByteBuffer()
            _ = try log.read(from: start - 1, bytesMax: 100, into: &buffer)
        }
        store.close()
        let again = try open()
        let bounds = try #require(again.topic("t")?.partitions[0].bounds)
        #expect(bounds == PartitionLog.Bounds(start: start, end: 30))
        again.close()
    }

    @Test(.timeLimit(.minutes(1)))
    func muchThatIsWrittenIsSyncedBeforeTheJournalEnds() async throws {
        let outcomes = Outcomes()
        let store = try open(outcomes)
        let log = try store.createTopic("t", partitions: 1).partitions[0]
        // Only a sync writes an index; 6 MB are a tenth of what ends a journal.
        for number in 0..<40 {
            try append([Int64](repeating: 1, count: 500), to: log, outcomes, index: number)
        }
        while try !FileManager.default.subpathsOfDirectory(atPath: directory)
            .contains(where: { $0.hasSuffix(".index") })
        { try await Task.sleep(for: .milliseconds(10)) }
        #expect(outcomes.all.values.allSatisfy { $0 })
        store.close()
        let again = try open()
        #expect(again.topic("t")?.partitions[0].bounds.end == 20_000)
        again.close()
    }

    @Test func removedRecordsStayRemoved() throws {
        let outcomes = Outcomes()
        var store = try open(outcomes)
        let log = try store.createTopic("t", partitions: 1).partitions[0]
        for number in 0..<10 { try append([5], to: log, outcomes, index: number) }
        #expect(outcomes.wait(for: 9) == true)
        #expect(try log.removeRecords(before: 4) == 4)
        store.close()
        store = try open()
        #expect(store.topic("t")?.partitions[0].bounds == PartitionLog.Bounds(start: 4, end: 10))
        store.close()
    }

    @Test func aDamagedTopicIsRefusedAndNotForgotten() throws {
        let store = try open()
        try store.createTopic("t", partitions: 1)
        store.close()
        let path = directory + "/topics/t~1/topic.meta"
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seek(toOffset: 18)
        try handle.write(contentsOf: [0xff])
        try handle.close()
        #expect(throws: SegmentLogError(.corrupt, "")) { try self.open() }
    }
}
