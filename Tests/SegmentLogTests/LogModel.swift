import KafkaWire
import Logging
import NIOCore
import SegmentLog
import Testing

/// A store on a faulty file system, beside a model of what it must hold.
struct LogModel {
    /// A batch that was handed to a partition.
    struct Batch {
        let index: Int
        let payloads: [String]
        let sequence: Int32
        let bytes: ByteBuffer
        let baseOffset: Int64
    }

    /// What a partition holds for certain, and what it may hold besides.
    struct Partition {
        var known: [Batch] = []
        var unknown: [Batch] = []
        var nextSequence: Int32 = 0
    }

    static let partitionCount = 3

    var random: TestRandom
    var files = FaultyFileSystem()
    var outcomes = Outcomes()
    var store: LogStore
    var partitions = [Partition](repeating: Partition(), count: partitionCount)
    private var nextIndex = 0

    init(seed: UInt64) throws {
        random = TestRandom(seed: seed)
        store = try Self.open(files, outcomes)
        let configuration = try TopicConfiguration([
            "segment.bytes": "2048", "retention.ms": "-1",
        ])
        try store.createTopic(
            "t",
            partitions: Self.partitionCount,
            configuration: configuration
        )
    }

    private static func open(
        _ files: FaultyFileSystem,
        _ outcomes: Outcomes
    ) throws -> LogStore {
        var configuration = LogStore.Configuration()
        configuration.journalBytesMax = 4096
        configuration.tailBytesMax = 0
        return try LogStore(
            directory: "/d",
            files: files,
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onCommit: { commit in
                for append in commit.appends { append.ticket.waiter?.appendDidFinish(append) }
            },
            onFatal: { _ in outcomes.stop() }
        )
    }

    func log(_ partition: Int) throws -> PartitionLog {
        try #require(store.topic("t")).partitions[partition]
    }

    // MARK: Operations

    /// Appends a batch of a partition's idempotent producer.
    mutating func append(to partition: Int) throws {
        nextIndex += 1
        let count = Int.random(in: 1...3, using: &random)
        let size = Int.random(in: 0...400, using: &random)
        let payloads = (0..<count).map {
            "\(nextIndex).\($0) " + String(repeating: "x", count: size)
        }
        let sequence = partitions[partition].nextSequence
        let records = payloads.enumerated().map { index, payload in
            Record(
                offset: Int64(index),
                timestamp: Int64(nextIndex),
                key: nil,
                value: ByteBuffer(string: payload)
            )
        }
        let bytes = RecordBatch.make(
            records,
            producerID: Int64(100 + partition),
            producerEpoch: 0,
            baseSequence: sequence
        )
        let header = try RecordBatch.validateProduced(bytes)
        let ticket = AppendTicket(waiter: outcomes, index: nextIndex)
        let decision = try log(partition).append(bytes, header: header, ticket: ticket)
        switch decision {
        case .pending(let baseOffset):
            partitions[partition].unknown.append(
                Batch(
                    index: nextIndex,
                    payloads: payloads,
                    sequence: sequence,
                    bytes: bytes,
                    baseOffset: baseOffset
                )
            )
            partitions[partition].nextSequence += Int32(count)
        case .failed: break
        default:
            // Others are possible only while a failure's outcome has not been looked at.
            settle(untilAll: true)
            #expect(decision == .outOfOrder)
        }
    }

    /// A repetition of something known must be recognised, with its offset.
    func retry(_ partition: Int) throws {
        for batch in partitions[partition].known.suffix(5) {
            let header = try RecordBatch.validateProduced(batch.bytes)
            let decision = try log(partition).append(
                batch.bytes,
                header: header,
                ticket: AppendTicket(waiter: nil, index: 0)
            )
            // It may be that its segment can't be written at the moment.
            #expect(decision == .duplicate(baseOffset: batch.baseOffset) || decision == .failed)
        }
    }

    /// Moves what was told from unknown to known, or away.
    mutating func settle(untilAll: Bool) {
        let told = outcomes.all
        for partition in partitions.indices {
            var rest: [Batch] = []
            for batch in partitions[partition].unknown {
                switch untilAll ? outcomes.wait(for: batch.index) : told[batch.index] {
                case true?: partitions[partition].known.append(batch)
                case false?:
                    partitions[partition].nextSequence = min(
                        partitions[partition].nextSequence,
                        batch.sequence
                    )
                case nil: rest.append(batch)
                }
            }
            partitions[partition].unknown = rest
        }
    }

    /// Ends the store as by a power failure, and opens what is left.
    mutating func crash() throws {
        settle(untilAll: false)
        let next = files.crash(using: &random)
        store.close()
        try reopen(next)
    }

    /// Ends the store in order, and opens it again.
    mutating func restart() throws {
        store.close()
        settle(untilAll: true)
        files.failSyncs(after: .max)
        try reopen(files)
    }

    private mutating func reopen(_ next: FaultyFileSystem) throws {
        files = next
        outcomes = Outcomes()
        store = try Self.open(files, outcomes)
        for partition in partitions.indices { try adopt(partition) }
    }

    // MARK: Comparing

    /// All payloads of a partition, read from a random place on.
    mutating func read(_ partition: Int, from start: Int64) throws -> [String] {
        let log = try log(partition)
        let end = log.bounds.end
        var payloads: [String] = []
        var offset = start
        while offset < end {
            var buffer = ByteBuffer()
            let bytesMax = Int.random(in: 1...3000, using: &random)
            _ = try log.read(from: offset, bytesMax: bytesMax, into: &buffer)
            try #require(buffer.readableBytes > 0, "nothing at \(offset) before \(end)")
            while buffer.readableBytes > 0 {
                let header = try RecordBatch.validate(buffer, at: buffer.readerIndex)
                for record in try RecordBatch.records(of: buffer, header: header)
                where record.offset >= offset {
                    let value = try #require(record.value)
                    #expect(record.offset == offset)
                    payloads.append(String(buffer: value))
                    offset = record.offset + 1
                }
                buffer.moveReaderIndex(forwardBy: header.totalSize)
            }
        }
        return payloads
    }

    /// What is known must be readable, from any place on.
    mutating func compare(_ partition: Int) throws {
        let known = partitions[partition].known.flatMap(\.payloads)
        let start = Int.random(in: 0...known.count, using: &random)
        let found = try read(partition, from: Int64(start))
        let isRight = Array(found.prefix(known.count - start)) == Array(known[start...])
        #expect(isRight, "partition \(partition) from \(start)")
    }

    /// After a start: all that is known, then some of the unknown in order, and nothing else.
    private mutating func adopt(_ partition: Int) throws {
        let found = try read(partition, from: 0)
        var state = partitions[partition]
        let known = state.known.flatMap(\.payloads)
        let isThere = Array(found.prefix(known.count)) == known
        try #require(isThere, "something known is missing: \(found.count) of \(known.count)")
        var rest = found[known.count...]
        for batch in state.unknown where !rest.isEmpty {
            let isNext = Array(rest.prefix(batch.payloads.count)) == batch.payloads
            try #require(isNext, "something that nobody wrote, or that was refused")
            rest = rest.dropFirst(batch.payloads.count)
            state.known.append(batch)
        }
        let isAll = rest.isEmpty
        try #require(isAll, "something that nobody wrote, or that was refused")
        state.unknown = []
        state.nextSequence = state.known.last.map { $0.sequence + Int32($0.payloads.count) } ?? 0
        partitions[partition] = state
        try retry(partition)
    }
}
