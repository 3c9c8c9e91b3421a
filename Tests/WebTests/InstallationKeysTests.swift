import Crypto
import Foundation
import Testing

@testable import Web

@Suite struct InstallationKeysTests {
    private func secrets(_ keys: InstallationKeys) -> [Data] {
        [
            keys.directoryKey.withUnsafeBytes { Data($0) },
            keys.signingKey.rawRepresentation,
        ]
    }

    @Test func theKeysAreMadeOnceAndStay() throws {
        let folder = try TemporaryFolder()
        let first = secrets(try InstallationKeys.load(dataDirectory: folder.path))
        let second = secrets(try InstallationKeys.load(dataDirectory: folder.path))
        #expect(first == second)
        #expect(first[0] != first[1])
        let other = try TemporaryFolder()
        #expect(secrets(try InstallationKeys.load(dataDirectory: other.path)) != first)
    }

    @Test func onlyTheOwnerReadsThem() throws {
        let folder = try TemporaryFolder()
        _ = try InstallationKeys.load(dataDirectory: folder.path)
        for (name, mode) in [("keys", 0o700), ("keys/installation.json", 0o600)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(name))
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == mode, "\(name)")
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.file("keys"))
        #expect(left == ["installation.json"])
    }

    @Test func manyWhoStartAtOnceAgree() async throws {
        for _ in 0..<10 {
            let folder = try TemporaryFolder()
            let path = folder.path
            let all = try await withThrowingTaskGroup(of: [Data].self) { group in
                for _ in 0..<8 {
                    group.addTask { secrets(try InstallationKeys.load(dataDirectory: path)) }
                }
                return try await group.reduce(into: Set<[Data]>()) { $0.insert($1) }
            }
            #expect(all.count == 1)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.file("keys"))
            #expect(left == ["installation.json"])
        }
    }

    @Test func keysThatCannotBeReadAreNeverReplaced() throws {
        let key = Data(repeating: 1, count: 32).base64EncodedString()
        let texts = [
            "", "{", "{}", "\u{0}",
            #"{"version":2,"directory_key":"\#(key)","signing_key":"\#(key)"}"#,
            #"{"version":1,"directory_key":"AAAA","signing_key":"\#(key)"}"#,
            #"{"version":1,"directory_key":"\#(key)","signing_key":"AAAA"}"#,
            #"{"version":1,"directory_key":"\#(key)"}"#,
        ]
        for text in texts {
            let folder = try TemporaryFolder()
            _ = try InstallationKeys.load(dataDirectory: folder.path)
            let path = folder.file("keys/installation.json")
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            let failure = #expect(throws: InstallationKeys.Failure.self, "\(text)") {
                try InstallationKeys.load(dataDirectory: folder.path)
            }
            #expect(failure?.description.contains(path) == true, "\(text)")
            #expect(failure?.description.contains(key) == false, "\(text)")
            #expect(FileManager.default.contents(atPath: path) == Data(text.utf8))
        }
    }

    @Test func aFolderThatCannotBeMadeIsSaid() throws {
        let folder = try TemporaryFolder()
        try Data().write(to: URL(fileURLWithPath: folder.file("keys")))
        #expect(throws: InstallationKeys.Failure.self) {
            try InstallationKeys.load(dataDirectory: folder.path)
        }
    }
}
