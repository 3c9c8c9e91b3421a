import EventLog
import Events
import Foundation
import GRDBSQLite
import ServiceKit
import Stores
import Testing

@testable import Operator

@Suite struct DoctorStoreTests {
    private let partition = TopicPartition(.timeline, Partition(0))

    private func facts(
        _ change: (inout StoreInspection) -> Void = { _ in }
    ) -> StoreCheck.Facts {
        var inspection = StoreInspection(bytes: 1_000_000, positions: [partition: Offset(5)])
        change(&inspection)
        return StoreCheck.Facts(
            place: "/data/history.sqlite",
            inspection: inspection,
            extent: LogExtent(limits: [partition: .init(low: Offset(0), high: Offset(9))])
        )
    }

    private func codes(_ facts: StoreCheck.Facts) -> [DoctorCode] {
        StoreCheck.judge(facts).map(\.code)
    }

    @Test func aWholeStoreThatFitsTheLogIsFine() {
        #expect(codes(facts()) == [.ok])
        var away = facts()
        away.extent = nil
        #expect(StoreCheck.judge(away)[0].text.contains("which is away"))
    }

    @Test func whatIsWrongWithAStoreIsTold() {
        #expect(codes(facts { $0.positions[partition] = Offset(10) }) == [.storeContradicts])
        #expect(codes(facts { $0.faults = ["page 3 is never used"] }) == [.storeDamaged])
        #expect(
            codes(
                facts {
                    $0.schema = "1"
                    $0.schemaKnown = "2"
                }
            ) == [.storeUnfinished]
        )
        #expect(codes(facts { $0.pendingBytes = 2_000_000_000 }) == [.storeUnfinished])
        #expect(
            codes(
                facts {
                    $0.bytes = 1_000_000_000
                    $0.freeBytes = 900_000_000
                }
            ) == [.storeSparse]
        )
    }

    @Test func aStoreThatIsNotThereYetIsAHint() {
        var missing = facts()
        missing.inspection = nil
        missing.fault = StoreError(.missing, "none")
        #expect(codes(missing) == [.storeMissing])
        var advice: Set<String> = []
        for code in [StoreError.Code.database, .unavailable, .tooNew, .invalidLocation] {
            missing.fault = StoreError(code, "no")
            #expect(codes(missing) == [.storeUnreadable])
            advice.formUnion(StoreCheck.judge(missing).map(\.advice))
        }
        #expect(advice.count == 4)
    }

    @Test func aRealStoreIsLookedIntoAndADamagedOneIsNoticed() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "martlet-doctor-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path + "/history.sqlite"
        #expect(throws: StoreError(.missing, "")) {
            try StoreInspection.inspect(.sqlite(path: path), checkTimeMax: .seconds(60))
        }
        let store = try SQLiteHotStore(path: path)
        try store.close()
        let found = try StoreInspection.inspect(.sqlite(path: path), checkTimeMax: .seconds(60))
        #expect(found.faults.isEmpty && found.isCheckComplete)
        #expect(found.bytes > 0)
        #expect(found.schema != nil && found.schema == found.schemaKnown)
        #expect(found.positions.isEmpty)
        // The schema's own page stays, so that it can still be opened; of the others nothing is as it was.
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: UInt64(found.bytes) - 4096 * 3)
        try file.write(contentsOf: Data(repeating: 0xA5, count: 4096 * 3))
        try file.close()
        let damaged = try StoreInspection.inspect(.sqlite(path: path), checkTimeMax: .seconds(60))
        #expect(!damaged.faults.isEmpty)
    }

    /// A store as an older version left it: the last step of its schema was not run.
    private func outdated(_ path: String) throws {
        try SQLiteHotStore(path: path).close()
        var handle: OpaquePointer?
        defer { sqlite3_close_v2(handle) }
        try #require(sqlite3_open(path, &handle) == SQLITE_OK)
        let statement =
            "DELETE FROM grdb_migrations WHERE rowid = "
            + "(SELECT max(rowid) FROM grdb_migrations)"
        try #require(sqlite3_exec(handle, statement, nil, nil, nil) == SQLITE_OK)
    }

    @Test func aStoreOfAnOlderSchemaIsNotMissing() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "martlet-doctor-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let location = StoreLocation.sqlite(path: folder.path + "/history.sqlite")
        guard case .sqlite(let path) = location else { return }
        try outdated(path)
        let found = try StoreInspection.inspect(location, checkTimeMax: .seconds(60))
        #expect(found.isOutdated && found.schema != found.schemaKnown && found.faults.isEmpty)
        let facts = StoreCheck.Facts(place: path, inspection: found)
        #expect(codes(facts) == [.storeUnfinished])
        guard case .outdated = try location.read() else {
            Issue.record("it was read")
            return
        }
        try Data(repeating: 7, count: 5000).write(to: URL(filePath: path))
        #expect(throws: StoreError(.database, "")) { try location.read() }
    }

    @Test func aDatabaseWhoseSchemaIsOlderSaysSo() {
        let facts = facts {
            $0.engine = "PostgreSQL"
            $0.isOutdated = true
            $0.positions = [:]
        }
        #expect(codes(facts) == [.storeUnfinished])
    }

    @Test func blobsAreJudgedByTheirSteps() {
        func codes(_ steps: [BlobsCheck.Step], _ fault: String? = nil) -> [DoctorCode] {
            BlobsCheck.judge(.init(place: "file:/b", steps: steps, fault: fault)).map(\.code)
        }
        #expect(codes([.init(name: "put", duration: .milliseconds(3))]) == [.ok])
        #expect(codes([.init(name: "put", duration: .seconds(3))]) == [.blobsSlow])
        #expect(codes([], "blobs_refused: no") == [.blobsUnusable])
    }

    @Test func aBlobGoesInAndOutOfAFolder() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "martlet-doctor-\(UUID().uuidString)")
        let settings = InstallationSettings(
            .init(data: folder.path),
            environment: ["MARTLET_BLOBS_URL": "file:\(folder.path)"],
            file: ConfigurationFile(path: "/none", exists: false)
        )
        let context = DoctorContext(
            settings: settings,
            processes: [],
            clock: FixedClock()
        )
        // Nothing is made where nothing is.
        #expect(try await BlobsCheck().run(context).map(\.code) == [.ok])
        #expect(!FileManager.default.fileExists(atPath: folder.path))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let findings = try await BlobsCheck().run(context)
        // How long it took is the disk's affair.
        let code = try #require(findings.map(\.code).first)
        #expect([.ok, .blobsSlow].contains(code))
        #expect(findings.count == 1)
        let left = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        let files = left?.compactMap { $0 as? URL }.filter { !$0.hasDirectoryPath } ?? []
        #expect(files.isEmpty)
    }
}

private struct FixedClock: WallClock {
    func now() -> Timestamp { Timestamp(milliseconds: 1_770_000_000_000) }
}
