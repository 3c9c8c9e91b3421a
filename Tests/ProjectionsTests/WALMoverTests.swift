import EventLog
import Events
import Foundation
import GRDB
import Testing

@testable import Projections

@Suite struct WALMoverTests {
    @Test(.timeLimit(.minutes(1)))
    func whatIsCommittedGetsToTheFileWithoutTheWriter() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("wal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("state.sqlite").path
        let table = Migration("numbers-1", sql: "CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        let store = try ProjectionStore(path: path, migrations: [table])
        let before = try size(path)
        var number = 0
        // Commits go on until one of them is followed by a move.
        while try size(path) == before {
            try store.checkpoint([TopicPartition(.inbox, Partition(0)): Offset(Int64(number))]) {
                for _ in 0..<2000 {
                    try $0.execute(sql: "INSERT INTO numbers VALUES (?)", arguments: [number])
                    number += 1
                }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        let count = try await store.database.read {
            try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM numbers")
        }
        #expect(count == number)
    }

    private func size(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return attributes[.size] as? Int ?? 0
    }
}
