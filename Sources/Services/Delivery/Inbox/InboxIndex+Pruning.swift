import Events
import Foundation
import GRDB
import Projections

extension InboxIndex {
    /// What pruning needs of an entry.
    private struct Oldest {
        let id: Int64
        let time: Timestamp
        let scopes: [[UInt8]]
    }

    /// Takes out at most `countMax` of the partition's oldest entries from before `time`.
    ///
    /// - Returns: the first offset still kept, if any were taken out.
    static func prune(
        _ partition: Partition,
        before time: Timestamp,
        countMax: Int,
        _ database: Database
    ) throws -> Offset? {
        guard let first = try oldest(partition, countMax: 1, database).first, first.time < time
        else { return nil }
        var last = first.id
        let scope = try database.cachedStatement(
            sql: "DELETE FROM scopes WHERE scope = ? AND id = ?"
        )
        for row in try oldest(partition, countMax: countMax, database) {
            guard row.time < time else { break }
            for bytes in row.scopes {
                try scope.execute { values in
                    values.blob(bytes)
                    values.integer(row.id)
                }
            }
            last = row.id
        }
        try database.cachedStatement(sql: "DELETE FROM entries WHERE id >= ? AND id <= ?")
            .execute(arguments: [id(partition, Offset(0)), last])
        for condition in [
            "device_acks WHERE partition = ? AND time_ms",
            "members WHERE partition = ? AND left_ms",
            "redactions WHERE partition = ? AND time_ms",
        ] {
            try database.cachedStatement(sql: "DELETE FROM \(condition) < ?")
                .execute(arguments: [partition.number, time.milliseconds])
        }
        return offset(ofID: last).next
    }

    private static func oldest(
        _ partition: Partition,
        countMax: Int,
        _ database: Database
    ) throws -> [Oldest] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT id, time_ms, scopes FROM entries WHERE id >= ? AND id <= ?
                ORDER BY id LIMIT ?
                """
        )
        let rows = try Row.fetchCursor(
            statement,
            arguments: [
                id(partition, Offset(0)), id(partition, Offset(offsetMax)), countMax,
            ]
        )
        var found: [Oldest] = []
        while let row = try rows.next() {
            let bytes = [UInt8](row[2] as Data)
            found.append(
                Oldest(
                    id: row[0],
                    time: Timestamp(milliseconds: row[1]),
                    scopes: stride(from: 0, to: bytes.count, by: 16).map {
                        Array(bytes[$0..<min($0 + 16, bytes.count)])
                    }
                )
            )
        }
        return found
    }
}
