import Events
import Foundation
import Synchronization
import Testing

@testable import Gateway

@Suite struct VerificationTests {
    private final class Printed: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private func verification(_ number: Int, email: String? = nil) throws -> Verification {
        let address =
            email.map { AccountAddress(email: $0) } ?? AccountAddress(phone: "+15551230001")
        return Verification(
            registrationID: "registration-\(number)",
            address: try #require(address),
            code: "042042",
            time: Timestamp(milliseconds: 1_767_225_600_000)
        )
    }

    @Test func aCodeIsPrintedAndAppendedAsALine() async throws {
        let folder = try TemporaryFolder()
        let printed = Printed()
        var sender = FileVerificationSender(path: folder.file("verification.jsonl"))
        sender.printer = { printed.add($0) }
        try await sender.send(try verification(1))
        try await sender.send(try verification(2, email: "a\"b@example.org"))
        let lines = try lines(of: folder)
        #expect(lines.count == 2)
        #expect(lines[0]["address"] == "+15551230001")
        #expect(lines[0]["code"] == "042042")
        #expect(lines[0]["registration_id"] == "registration-1")
        #expect(lines[1]["address"] == "a\"b@example.org")
        #expect(printed.all.first == "The code for +15551230001 is 042042\n")
    }

    @Test func onlyTheOwnerReadsTheFile() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("verification.jsonl")
        var sender = FileVerificationSender(path: path)
        sender.printer = { _ in }
        try await sender.send(try verification(1))
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test func linesOfManyAtOnceDoNotMix() async throws {
        let folder = try TemporaryFolder()
        var sender = FileVerificationSender(path: folder.file("verification.jsonl"))
        sender.printer = { _ in }
        let shared = sender
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                let verification = try verification(number)
                group.addTask { try await shared.send(verification) }
            }
            try await group.waitForAll()
        }
        let names = Set(try lines(of: folder).compactMap { $0["registration_id"] })
        #expect(names.count == 100)
    }

    @Test func aFileThatCannotBeWrittenIsAFailure() async throws {
        let folder = try TemporaryFolder()
        let printed = Printed()
        var sender = FileVerificationSender(path: folder.file("missing/verification.jsonl"))
        sender.printer = { printed.add($0) }
        await #expect(throws: FileVerificationSender.Failure.self) {
            try await sender.send(try verification(1))
        }
        #expect(printed.all.isEmpty)
    }

    private func lines(of folder: TemporaryFolder) throws -> [[String: String]] {
        let text = try String(contentsOfFile: folder.file("verification.jsonl"), encoding: .utf8)
        return try text.split(separator: "\n").map {
            try JSONDecoder().decode([String: String].self, from: Data($0.utf8))
        }
    }
}
