import KafkaWire
import Logging
import NIOCore
import SegmentLog

/// The groups' committed offsets: in memory, and durable in a topic of the broker's own.
///
/// The last record of a key counts. When the topic has grown much beyond what it says, everything is written once more at its end, and what lies before is
/// removed.
///
/// Records, version 1: key `version, group, topic, partition`; value `offset, leader epoch, timestamp, metadata`, null: removed.
final class OffsetStore {
    /// The topic's name.
    static let topicName = "__martlet_group_offsets"
    /// How long a note may be.
    static let metadataBytesMax = 4096

    private static let version: UInt16 = 1
    private static let segmentBytes = 1 << 20
    private static let compactionBytesMin = 4 << 20
    private static let batchRecordsMax = 500

    /// Which partition.
    struct Place: Hashable {
        let topic: String
        let partition: Int32
    }

    /// How far a group has come in a partition.
    struct Committed: Equatable {
        var offset: Int64
        var leaderEpoch: Int32
        var metadata: String?
    }

    private let log: PartitionLog
    private let now: @Sendable () -> Int64
    private let logger: Logger
    private var isCompacting = false
    /// Appends of which it is not known yet whether they are durable.
    private var pendingCount = 0
    private(set) var groups: [String: [Place: Committed]] = [:]

    /// Opens the topic, making it if it is missing, and reads it.
    ///
    /// Blocks.
    init(
        store: LogStore,
        now: @escaping @Sendable () -> Int64,
        logger: Logger
    ) throws(SegmentLogError) {
        self.now = now
        self.logger = logger
        var topic = store.topic(Self.topicName)
        if topic == nil {
            let configuration = try TopicConfiguration([
                "retention.ms": "-1", "segment.bytes": String(Self.segmentBytes),
            ])
            topic = try store.createTopic(
                Self.topicName,
                partitions: 1,
                configuration: configuration
            )
        }
        guard let log = topic?.partitions.first else {
            throw SegmentLogError(.corrupt, "the offsets' topic has no partition")
        }
        self.log = log
        try load()
    }

    // MARK: Reading

    private func load() throws(SegmentLogError) {
        var position = log.bounds.start
        let end = log.bounds.end
        while position < end {
            var buffer = ByteBuffer()
            _ = try log.read(from: position, bytesMax: 1 << 20, into: &buffer)
            guard buffer.readableBytes > 0 else { break }
            while let header = try? RecordBatchHeader(of: buffer, at: buffer.readerIndex) {
                guard let records = try? RecordBatch.records(of: buffer, header: header) else {
                    throw SegmentLogError(.corrupt, "the offsets' topic can't be read")
                }
                for record in records { apply(record) }
                buffer.moveReaderIndex(forwardBy: header.totalSize)
                position = header.nextOffset
            }
        }
    }

    private func apply(_ record: Record) {
        guard var key = record.key, key.readInteger(as: UInt16.self) == Self.version,
            let group = Self.readString(from: &key), let topic = Self.readString(from: &key),
            let partition = key.readInteger(as: Int32.self)
        else { return }
        let place = Place(topic: topic, partition: partition)
        guard var value = record.value,
            let (offset, epoch, _) = value.readMultipleIntegers(as: (Int64, Int32, Int64).self)
        else {
            groups[group]?[place] = nil
            if groups[group]?.isEmpty == true { groups[group] = nil }
            return
        }
        groups[group, default: [:]][place] = Committed(
            offset: offset,
            leaderEpoch: epoch,
            metadata: Self.readString(from: &value)
        )
    }

    private static func readString(from buffer: inout ByteBuffer) -> String? {
        guard let length = buffer.readInteger(as: Int32.self), length >= 0 else { return nil }
        return buffer.readString(length: Int(length))
    }

    // MARK: Writing

    /// Commits a group's offsets; they count once they are durable.
    ///
    /// `done` is told whether they are.
    func commit(
        _ offsets: [(Place, Committed)],
        of group: String,
        done: @escaping (Bool) -> Void
    ) {
        append(offsets.map { (group, $0.0, $0.1) }) { isDurable in
            if isDurable {
                for (place, committed) in offsets {
                    self.groups[group, default: [:]][place] = committed
                }
            }
            done(isDurable)
        }
    }

    /// Forgets a group's offsets.
    func removeGroup(_ group: String, done: @escaping (Bool) -> Void) {
        let places = groups[group]?.keys.map { $0 } ?? []
        append(places.map { (group, $0, nil) }) { isDurable in
            if isDurable { self.groups[group] = nil }
            done(isDurable)
        }
    }

    /// Forgets all groups' offsets in a topic.
    func removeTopic(_ topic: String) {
        var gone: [(String, Place, Committed?)] = []
        for (group, offsets) in groups {
            for place in offsets.keys where place.topic == topic {
                gone.append((group, place, nil))
                groups[group]?[place] = nil
            }
            if groups[group]?.isEmpty == true { groups[group] = nil }
        }
        append(gone) { _ in }
    }

    private func append(
        _ entries: [(String, Place, Committed?)],
        done: @escaping (Bool) -> Void
    ) {
        guard !entries.isEmpty else {
            done(true)
            return
        }
        let timestamp = now()
        pendingCount += 1
        let waiter = OffsetWaiter { isDurable in
            self.pendingCount -= 1
            done(isDurable)
        }
        var rest = entries[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(Self.batchRecordsMax)
            rest = rest.dropFirst(chunk.count)
            let records = chunk.enumerated().map { index, entry in
                Self.record(entry, offset: Int64(index), timestamp: timestamp)
            }
            let batch = RecordBatch.make(records)
            let ticket = AppendTicket(waiter: waiter, index: 0)
            guard let header = try? RecordBatchHeader(of: batch, at: batch.readerIndex),
                case .pending = log.append(batch, header: header, ticket: ticket)
            else {
                waiter.fail()
                continue
            }
            waiter.pendingCount += 1
        }
        waiter.finishIfDone()
    }

    private static func record(
        _ entry: (group: String, place: Place, committed: Committed?),
        offset: Int64,
        timestamp: Int64
    ) -> Record {
        var key = ByteBuffer()
        key.writeInteger(version)
        write(entry.group, to: &key)
        write(entry.place.topic, to: &key)
        key.writeInteger(entry.place.partition)
        var value: ByteBuffer?
        if let committed = entry.committed {
            var buffer = ByteBuffer()
            buffer.writeMultipleIntegers(committed.offset, committed.leaderEpoch, timestamp)
            if let metadata = committed.metadata {
                write(metadata, to: &buffer)
            } else {
                buffer.writeInteger(Int32(-1))
            }
            value = buffer
        }
        return Record(offset: offset, timestamp: timestamp, key: key, value: value)
    }

    private static func write(_ string: String, to buffer: inout ByteBuffer) {
        buffer.writeInteger(Int32(string.utf8.count))
        buffer.writeString(string)
    }

    // MARK: Compaction

    /// Writes everything once more when much of the topic is out of date.
    func compactIfWorthwhile() {
        let live = groups.values.reduce(0) { $0 + $1.count } * 160
        // What is about to count must not be followed by what counted before it; there is a next time.
        guard !isCompacting, pendingCount == 0,
            log.byteCount > max(Self.compactionBytesMin, live * 8)
        else { return }
        isCompacting = true
        let start = log.bounds.end
        var all: [(String, Place, Committed?)] = []
        for (group, offsets) in groups {
            for (place, committed) in offsets { all.append((group, place, committed)) }
        }
        append(all) { isDurable in
            self.isCompacting = false
            guard isDurable else { return }
            do throws(SegmentLogError) {
                try self.log.removeRecords(before: start)
            } catch {
                self.logger.warning("compacting offsets failed", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// Waits for a commit's batches.
private final class OffsetWaiter: AppendWaiter, @unchecked Sendable {
    // Unchecked: only touched on the core's event loop.

    private let done: (Bool) -> Void
    private var isDurable = true
    private var isComplete = false
    var pendingCount = 0

    init(done: @escaping (Bool) -> Void) {
        self.done = done
    }

    func fail() {
        isDurable = false
    }

    func appendDidFinish(_ append: FinishedAppend) {
        isDurable = isDurable && append.isDurable
        pendingCount -= 1
        finishIfDone()
    }

    func finishIfDone() {
        guard pendingCount == 0, !isComplete else { return }
        isComplete = true
        done(isDurable)
    }
}
