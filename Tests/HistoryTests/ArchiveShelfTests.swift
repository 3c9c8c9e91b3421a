import Archives
import Blobs
import Configuration
import Conversations
import Events
import Foundation
import Logging
import ServiceKit
import Stores
import TestKit
import Testing

@testable import History

/// Archives in a blob store, as they are configured.
@Suite struct ArchiveShelfTests {
    private func context(_ folder: String, _ blobs: String? = nil) -> ServiceContext {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        if let blobs { values[["blobs", "url"]] = ConfigValue(.string(blobs), isSecret: false) }
        return ServiceContext(
            name: .history,
            instance: "history-1",
            dataDirectory: folder,
            brokers: "",
            host: "127.0.0.1",
            port: 0,
            adminPort: 0,
            config: ConfigReader(provider: InMemoryProvider(values: values)),
            logger: LogCapture().logger
        )
    }

    /// Packs a conversation's events but the newest two as the archiver does, and gives them to the blob store of a world.
    private func archive(_ group: Group, _ world: HistoryWorld) async throws -> BlobKey {
        let end = Timestamp(milliseconds: .max)
        let rows = try world.write { store in
            while try store.indexTexts(limit: 1000) > 0 {}
            return try store.archivableRows(of: group.id, after: 0, before: end, limit: 1000)
        }
        let day = ArchiveDay(containing: HistoryWorld.start)
        let writer = try ArchiveWriter(
            path: world.folder + "/day.zip",
            day: day,
            shard: 0,
            shardCount: 1
        )
        try writer.append(rows.dropLast(2))
        let packed = try writer.finish()
        let key = "archives/2026/01/01/00-0123456789abcdef.zip"
        let blobs = try context(world.folder).blobLocation().makeStore(
            environment: [:],
            clock: SystemClock(),
            logger: LogCapture().logger
        )
        try await blobs.put(.file(packed.path), at: try BlobKey(key))
        try world.write { store in
            let stored = StoredArchive(
                key: key,
                day: day.number,
                shard: 0,
                events: Int64(rows.count - 2),
                byteCount: packed.byteCount,
                sha256: packed.sha256
            )
            try store.record(stored, packed.conversations.map { $0.segment(inArchive: key) })
            while try store.dropArchived(of: group.id, keeping: 2, limit: 100) > 0 {}
        }
        world.clock.advance(by: KeptAnswers.lifetimeMax)
        return try BlobKey(key)
    }

    @Test func aPageGoesOnIntoAFolderOfArchivesAndSaysWhenOneIsDamaged() async throws {
        var made: Group?
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("martlet-shelf-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for isDamaged in [false, true] {
            let shelf = try ArchiveShelf(of: context(folder))
            try await HistoryWorld.run(cold: shelf) { story in
                var group = try Group(.group, of: .ada, with: [.bob], in: &story)
                for number in 1...40 { try group.post("\(number)", by: .ada, in: &story) }
                made = group
            } _: { world in
                let group = try #require(made)
                let path = "/v1/conversations/\(group.id)/events?limit=100"
                let before = try await world.get(path, as: .bob)
                _ = try await archive(group, world)
                // The shelf's own folder, which the archive is put into, or something else under its name.
                try? FileManager.default.removeItem(atPath: folder)
                try FileManager.default.createDirectory(
                    atPath: folder,
                    withIntermediateDirectories: true
                )
                try FileManager.default.copyItem(
                    atPath: world.folder + "/blobs",
                    toPath: folder + "/blobs"
                )
                if isDamaged {
                    let file = "\(folder)/blobs/archives/2026/01/01/00-0123456789abcdef.zip"
                    try Data(repeating: 0x55, count: 5000).write(to: URL(fileURLWithPath: file))
                }
                let after = try await world.get(path, as: .bob)
                #expect(after.status == 200)
                guard isDamaged else {
                    #expect(after.body == before.body)
                    return
                }
                #expect(after.seqs == [41, 40])
                let missing = after.list("missing")
                #expect(missing.map { $0["reason"] as? String } == ["archive_corrupt"])
                #expect(missing.first?["to_seq"] as? Int == 39)
            }
        }
    }

    @Test func aBlobStoreThatCantBeOpenedIsUnavailable() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("martlet-shelf-\(UUID().uuidString)").path
        try Data().write(to: URL(fileURLWithPath: folder))
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let shelf = try ArchiveShelf(of: context(folder))
        let part = ArchivedPart(
            archive: "archives/x",
            conversation: ConversationID(high: 1, low: 1),
            seqs: 1...2
        )
        guard case .unreadable(.unavailable)? = await shelf.fetch([part], bytesMax: 1)[part] else {
            Issue.record("not unavailable")
            return
        }
        // It is tried again: then there is a store, without the archive.
        try FileManager.default.removeItem(atPath: folder)
        guard case .unreadable(.corrupt)? = await shelf.fetch([part], bytesMax: 1)[part] else {
            Issue.record("not opened")
            return
        }
        #expect(throws: BlobError.self) { try ArchiveShelf(of: context(folder, "ftp://x")) }
    }
}
