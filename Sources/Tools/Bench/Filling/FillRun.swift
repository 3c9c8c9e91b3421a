import Conversations
import EventLog
import Events
import Foundation
import LogTail

/// Appends a synthetic log to an installation's: makes records in large batches, one of which is on its way while the next is made.
///
/// Blocks: run it on a thread of its own.
struct FillRun: Sendable {
    /// Records of a batch.
    private static let batchRecords = 20_000
    /// How far back the last event of a partition is looked for: a router that was killed writes its last ones again.
    private static let tailRecords: Int64 = 1000

    let plan: FillPlan
    let log: EventLogConfiguration
    let dataDirectory: String
    /// Whether there may be records already.
    let isAppending: Bool
    /// Is told how far it is.
    let note: @Sendable (String) -> Void

    /// What was appended, as it was written to `fill.json`.
    func run() throws -> FillSummary {
        if let fault = plan.fault { throw BenchFailure(fault) }
        guard FileManager.default.fileExists(atPath: dataDirectory) else {
            throw BenchFailure("there is no data folder at \(dataDirectory)")
        }
        let last = try last()
        let (partitions, firstOffsets) = try inspect()
        // Before the first record: even if this ends halfway, its seed is used up.
        var begun = last ?? FillSummary(begunWith: plan.seed)
        let seeds = (last.map { $0.seeds ?? [$0.seed] } ?? []) + [plan.seed]
        begun.seeds = seeds
        try begun.write(dataDirectory: dataDirectory)
        note("making up \(plan.conversations) conversations of \(plan.accounts) accounts")
        var synthetic = SyntheticLog(plan, partitions: partitions, firstOffsets: firstOffsets)
        let start = ContinuousClock.now
        let records = try append(&synthetic, partitions)
        var summary = FillSummary(synthetic)
        summary.seeds = seeds
        summary.records = records
        summary.seconds = start.duration(to: .now).seconds
        try summary.write(dataDirectory: dataDirectory)
        return summary
    }

    /// What was filled in before, which goes on; the same seed would name the same accounts and number their conversations from 1 again.
    private func last() throws -> FillSummary? {
        guard isAppending, let last = try FillSummary.last(dataDirectory: dataDirectory) else {
            return nil
        }
        let used = last.seeds ?? [last.seed]
        guard !used.contains(plan.seed) else {
            let list = used.map(String.init).joined(separator: ", ")
            throw BenchFailure("--seed must be one that was not used yet; used were \(list)")
        }
        return last
    }

    // MARK: The log as it is

    private func inspect() throws -> (PartitionCounts, [Partition: Offset]) {
        let admin = try LogAdmin(log, logger: .quiet)
        defer { admin.close() }
        let topics = try admin.topics()
        func count(_ topic: Topic) throws -> Int {
            guard let count = topics[topic.name] else {
                throw BenchFailure("there is no topic \(topic): `martlet topics apply` makes it")
            }
            return count
        }
        let partitions = PartitionCounts(
            conversation: try count(.timeline),
            account: try count(.accounts)
        )
        guard try count(.receipts) == partitions.conversation else {
            throw BenchFailure("timeline and receipts differ in their partitions")
        }
        var tails: [TopicPartition: StartPosition] = [:]
        for topic in [Topic.accounts, .timeline, .receipts] {
            for number in 0..<Int32(try count(topic)) {
                let place = TopicPartition(topic, Partition(number))
                let marks = try admin.watermarks(of: place)
                guard marks.high > Offset(0) else { continue }
                guard isAppending else {
                    throw BenchFailure("\(place) has records: --append goes on nevertheless")
                }
                let tail = max(marks.low.number, marks.high.number - Self.tailRecords)
                if topic == .timeline { tails[place] = .offset(Offset(tail)) }
            }
        }
        return (partitions, try firstOffsets(after: tails))
    }

    /// Origins go on after the last: what is not higher is taken for a repetition.
    private func firstOffsets(
        after tails: [TopicPartition: StartPosition]
    ) throws -> [Partition: Offset] {
        var offsets: [Partition: Offset] = [:]
        guard !tails.isEmpty else { return offsets }
        try LogReader.readToEnd(log, start: tails, logger: .quiet) { records in
            for record in records {
                guard let event = try? TimelineEvent(decoding: record.value?[...] ?? []) else {
                    continue
                }
                let partition = event.origin.partition
                offsets[partition] = max(offsets[partition] ?? Offset(0), event.origin.offset.next)
            }
        }
        return offsets
    }

    // MARK: Appending

    /// Records by topic.
    private func append(
        _ synthetic: inout SyntheticLog,
        _ partitions: PartitionCounts
    ) throws -> [String: Int] {
        var options = EventProducer.Options()
        options.linger = .milliseconds(20)
        options.queueRecordsMax = 4 * Self.batchRecords
        let producer = try EventProducer(log, options: options, logger: .quiet)
        defer { producer.close() }
        var counts: [String: Int] = [:]
        var progress = FillProgress(messages: plan.messages)
        var batch: [SyntheticRecord] = []
        var earlier: AppendInFlight?
        while !synthetic.isComplete {
            batch.removeAll(keepingCapacity: true)
            while batch.count < Self.batchRecords, !synthetic.isComplete {
                synthetic.step(&batch)
            }
            let outgoing = batch.map { $0.outgoing(partitions) }
            for record in outgoing { counts[record.topic.name, default: 0] += 1 }
            let now = try producer.beginAppending(outgoing)
            try earlier?.wait()
            earlier = now
            if let line = progress.note(synthetic.messages, records: batch.count) { note(line) }
        }
        try earlier?.wait()
        return counts
    }
}

/// Says once a second how far a fill is.
struct FillProgress {
    private static let interval: Duration = .seconds(1)

    private let messages: Int
    private var records = 0
    private var recordsSaid = 0
    private var saidAt = ContinuousClock.now

    init(messages: Int) {
        self.messages = messages
    }

    /// Takes more records into account; a line if it is time for one.
    mutating func note(_ done: Int, records count: Int) -> String? {
        records += count
        let elapsed = saidAt.duration(to: .now)
        guard elapsed >= Self.interval else { return nil }
        let rate = Double(records - recordsSaid) / elapsed.seconds
        recordsSaid = records
        saidAt = .now
        return "  \(done) of \(messages) messages, \(records) records, \(Int(rate)) records/s"
    }
}
