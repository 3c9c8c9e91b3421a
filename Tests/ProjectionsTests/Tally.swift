import EventLog
import Events
import Foundation
import GRDB
import Projections
import SwiftProtobuf

/// A small projection with everything that can go wrong: per key it counts, and puts out each count.
///
/// Keys are drawn from a few; a value `poison` is one. Outputs are inbox records whose key says the key and whose
/// value carries origin and count, in one partition.
final class Tally: Projection {
    let name = "tally"
    let topics: [Topic]
    let missingInput: MissingInput
    let migrations = [
        PartitionFilters.migration,
        Migration(
            "tally-1",
            sql: """
                CREATE TABLE tally (
                    partition INTEGER, key TEXT, count INTEGER, PRIMARY KEY (partition, key)
                )
                """
        ),
    ]
    var counts: [Partition: [String: Int]] = [:]
    var opened: [(Partition, Bool)] = []
    var closed: [Partition] = []
    var starts: [Topic: StartPosition] = [:]
    var openingOutput: String?
    var failsToSave = false
    /// Whether changes are taken out and written on another thread.
    var detaches = false
    var isSaveUrgent = false
    private(set) var savedCount = 0
    private(set) var caughtUp: [Partition] = []
    private var announced = false

    init(topics: [Topic] = [.submissions], missingInput: MissingInput = .goOn) {
        self.topics = topics
        self.missingInput = missingInput
    }

    func open(
        _ partition: Partition,
        _ database: any DatabaseReader,
        isFresh: Bool
    ) throws
        -> [Topic: StartPosition]
    {
        opened.append((partition, isFresh))
        counts[partition] = [:]
        guard !isFresh else { return starts }
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT key, count FROM tally WHERE partition = ?",
                arguments: [partition.number]
            )
            while let row = try rows.next() { counts[partition]?[row[0]] = row[1] }
        }
        return starts
    }

    func close(_ partition: Partition) {
        closed.append(partition)
        counts[partition] = nil
    }

    func apply(_ record: LogRecord, _ outputs: inout Outputs) throws {
        let key = String(decoding: record.key ?? [], as: UTF8.self)
        let partition = record.topicPartition.partition
        let count = (counts[partition]?[key] ?? 0) + 1
        outputs.append(try Self.output(key, count, record.origin()))
        guard record.value != Array("poison".utf8) else {
            throw PoisonRecord(code: "poisoned", detail: "told so")
        }
        counts[partition]?[key] = count
    }

    func caughtUp(_ partition: Partition) { caughtUp.append(partition) }

    func batchApplied(_ outputs: inout Outputs) throws {
        guard let openingOutput, !announced else { return }
        announced = true
        let origin = Origin(topicNumber: 1, partition: Partition(0), offset: Offset(-1))
        outputs.append(try Self.output(openingOutput, 0, origin))
    }

    private struct Changes: DetachedChanges {
        let counts: [Partition: [String: Int]]
        let fails: Bool

        func save(_ database: Database) throws {
            for (partition, counts) in counts {
                for (key, count) in counts {
                    try database.execute(
                        sql: "INSERT OR REPLACE INTO tally VALUES (?, ?, ?)",
                        arguments: [partition.number, key, count]
                    )
                }
            }
            if fails { throw DatabaseError(resultCode: .SQLITE_FULL, message: "disk is full") }
        }
    }

    private var changes: Changes { Changes(counts: counts, fails: failsToSave) }

    func save(_ database: Database) throws { try changes.save(database) }

    func takeChanges() -> (any DetachedChanges)? { detaches ? changes : nil }

    func saved() { savedCount += 1 }

    private static func output(
        _ key: String,
        _ count: Int,
        _ origin: Origin
    ) throws
        -> OutgoingRecord
    {
        let value: [UInt8] = try PBInboxRecord.with {
            $0.origin = origin.message
            $0.ticks.deliveredSeq = UInt64(count)
        }.serializedBytes()
        return OutgoingRecord(
            topic: .inbox,
            partition: Partition(0),
            key: Array(key.utf8),
            value: value
        )
    }
}
