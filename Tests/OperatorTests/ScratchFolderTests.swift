import Foundation
import Testing

@testable import Operator

/// The second store of a proof holds everything that was ever said.
@Suite struct ScratchFolderTests {
    private let parent = NSTemporaryDirectory() + "martlet-scratch-\(UUID().uuidString)"
    private var path: String { parent + "/" + ScratchFolder.name }

    init() throws {
        try FileManager.default.createDirectory(
            atPath: parent,
            withIntermediateDirectories: false
        )
    }

    private func mode() throws -> mode_t {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        return status.st_mode & 0o777
    }

    @Test func onlyItsOwnerMayLookIntoIt() throws {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let folder = try ScratchFolder(in: parent)
        #expect(try mode() == 0o700)
        folder.remove()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func whatAKilledRunLeftIsTakenOverAndClosed() throws {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o755]
        )
        try Data("old".utf8).write(to: URL(filePath: path + "/store.sqlite"))
        let folder = try ScratchFolder(in: parent)
        #expect(try mode() == 0o700)
        #expect(!FileManager.default.fileExists(atPath: folder.storePath))
        #expect(throws: StoreProof.Unanswerable.self) { try ScratchFolder(in: parent) }
    }

    @Test func aLinkOrAFileIsNotFollowed() throws {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let elsewhere = parent + "/elsewhere"
        try FileManager.default.createDirectory(
            atPath: elsewhere,
            withIntermediateDirectories: false
        )
        try FileManager.default.createSymbolicLink(
            atPath: path,
            withDestinationPath: elsewhere
        )
        #expect(throws: StoreProof.Unanswerable.self) { try ScratchFolder(in: parent) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere).isEmpty)
        unlink(path)
        try Data().write(to: URL(filePath: path))
        #expect(throws: StoreProof.Unanswerable.self) { try ScratchFolder(in: parent) }
    }

    @Test func whereNothingCanBeMadeItSaysSo() throws {
        defer { try? FileManager.default.removeItem(atPath: parent) }
        #expect(throws: StoreProof.Unanswerable.self) {
            try ScratchFolder(in: parent + "/nowhere")
        }
    }
}
