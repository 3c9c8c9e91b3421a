import EventLog
import Events
import Projections
import SwiftProtobuf

/// A log in memory whose appends can be cut short.
final class ModelLog: OutputLog, InputLog {
    struct Cut: Error {}

    var records: [OutgoingRecord] = []
    /// How many more records are taken before appending fails for good; `nil`: all.
    var recordsLeft: Int?
    var marks: [TopicPartition: LogAdmin.Watermarks] = [:]
    /// Whether what is begun reaches the log only when it is waited for.
    var isLate = false
    private(set) var underWay: [[OutgoingRecord]] = []

    func begin(_ records: [OutgoingRecord]) throws -> (any OutputsInFlight)? {
        guard isLate else {
            try append(records)
            return nil
        }
        underWay.append(records)
        return LateOutputs {
            do {
                try self.append(self.underWay.removeFirst())
            } catch {
                // Producers are gapless: nothing comes after what could not be appended.
                self.underWay = []
                throw error
            }
        }
    }

    /// The writer has died: of what was under way only the beginning reaches the log.
    func crash(_ random: inout SeededRandom) {
        let records = underWay.flatMap(\.self)
        underWay = []
        self.records += records.prefix(Int.random(in: 0...records.count, using: &random))
    }

    private func append(_ records: [OutgoingRecord]) throws {
        for record in records {
            if let left = recordsLeft {
                guard left > 0 else { throw Cut() }
                recordsLeft = left - 1
            }
            self.records.append(record)
        }
        if recordsLeft == 0 { throw Cut() }
    }

    func watermarks(of partition: TopicPartition) -> LogAdmin.Watermarks {
        marks[partition] ?? LogAdmin.Watermarks(low: Offset(0), high: Offset(.max))
    }

    struct Effect: Hashable {
        let key: String
        let count: UInt64
    }

    /// What a reader of the inbox sees that drops repetitions by origin.
    func effects() throws -> [Effect] {
        var filter = OriginFilter()
        return try records.filter { $0.topic == .inbox }.compactMap { record in
            let message = try PBInboxRecord(serializedBytes: record.value ?? [])
            guard filter.admit(Origin(message.origin)) else { return nil }
            return Effect(
                key: String(decoding: record.key, as: UTF8.self),
                count: message.ticks.deliveredSeq
            )
        }
    }
}

/// Outputs that are durable when `wait` has returned.
struct LateOutputs: OutputsInFlight {
    let arrive: () throws -> Void

    func wait() throws { try arrive() }
}

/// Randomness that a seed decides (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}

/// Input records of `submissions`.
func record(
    _ offset: Int64,
    _ key: String,
    _ value: String = "",
    partition: Int32 = 0
)
    -> LogRecord
{
    LogRecord(
        topicPartition: TopicPartition(.submissions, Partition(partition)),
        offset: Offset(offset),
        timestamp: Timestamp(milliseconds: 1_790_000_000_000 + offset),
        key: Array(key.utf8),
        value: Array(value.utf8)
    )
}
