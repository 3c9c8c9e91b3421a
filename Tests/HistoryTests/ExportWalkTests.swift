import Events
import Foundation
import Stores
import Synchronization
import TestKit
import Testing

@testable import History

/// What goes wrong while an export is made.
@Suite struct ExportWalkTests {
    @Test func aStoreThatIsAwayForAMomentEndsNoExport() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("martlet-export-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/history.sqlite"
        var story = Story()
        story.post("hello", from: .ada, to: .bob)
        let store = try SQLiteHotStore(path: path)
        try store.apply(story.take())
        let looks = Mutex(0)
        let stores = StoreHandle(
            try StoreLocation(path, relativeTo: folder),
            lookInterval: .zero,
            open: { location throws(StoreError) in
                let look = looks.withLock { looks in
                    looks += 1
                    return looks
                }
                guard look > 1 else { throw StoreError(.unavailable, "a test") }
                return try location.openReader()
            }
        )
        let desk = StoreDesk(stores: stores, reads: ReadQueue(), archives: ArchiveFetcher(nil))
        let file = try ExportFile(below: folder + "/exports", at: HistoryWorld.start)
        let viewer = Viewer(Speaker.ada.account, at: HistoryWorld.start)
        var walk = ExportWalk(desk, for: viewer, into: file, on: ReadQueue(threads: 1))
        try await walk.run()
        #expect(looks.withLock { $0 } == 2)
        #expect(try read(file).starts(with: [0x50, 0x4B]))
        try store.close()
    }

    private func read(_ file: ExportFile) throws -> [UInt8] {
        let export = try file.finish()
        var bytes: [UInt8] = []
        while case let piece = try export.next(), !piece.isEmpty { bytes += piece }
        return bytes
    }
}
