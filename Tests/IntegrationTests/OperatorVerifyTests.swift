import Events
import Foundation
import ServiceKit
import Stores
import TestKit
import Testing

/// `martlet verify` on a store in which somebody has changed rows.
@Suite(.serialized) struct OperatorVerifyTests {
    @Test(arguments: OperatorEngine.allCases)
    func rowsThatWereChangedAddedOrRemovedByHandAreNamedByTheirKeysAlone(
        _ engine: OperatorEngine
    ) async throws {
        try await OperatorInstallation.run(engine) { installation in
            let harness = installation.harness
            let talk = try await OperatorTalk(harness)
            try await talk.turn()
            try await wait(for: "marks") {
                try await !installation.records(of: .receipts).isEmpty
            }
            await talk.stop()
            let whole = try await installation.verifyAll()
            #expect(whole.equal, "\(whole.differences)")
            #expect(await harness.stop("persistence") == .exited(0))

            let expected = try spoil(installation)
            let verify = try await installation.martlet(["verify"])
            #expect(verify.status == 1, "\(verify)")
            let lines = verify.output.split(separator: "\n")
            #expect(lines.count { $0.contains("DIFFERS") } == expected.count, "\(verify)")
            #expect(lines.count { $0.hasSuffix("OK") } == whole.tables.count - expected.count)
            for (table, words) in expected {
                #expect(
                    lines.contains { $0.hasPrefix("\(table) ") && $0.contains(words) },
                    "\(table) at \(words): \(verify)"
                )
            }
            for text in [harness.needle, "forged", "said", "meant", "+1555"] {
                #expect(!verify.output.contains(text) && !verify.errors.contains(text))
            }
            let proof = try await installation.verify()
            #expect(proof.differences == expected)
            #expect(proof.records == whole.records)
        }
    }

    /// 1 says that they differ: whoever only looks at the exit code must not take a mistake in the configuration for that.
    @Test(arguments: [
        "store: [", "store.url: mysql://hunter2@db", "blobs.url: s3://bucket", "portBase: hunter2",
        "store.url: postgresql://a:hunter2@db: x", "",
    ])
    func whereNothingWasComparedItDoesNotSayThatTheyDiffer(text: String) async throws {
        let folder = NSTemporaryDirectory() + "martlet-verify-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(text.utf8).write(to: URL(filePath: folder + "/martlet.yaml"))
        let verify = try await Tool.run("martlet", ["verify", "--data", folder])
        #expect(verify.status == 2, "\(verify)")
        #expect(verify.errors.hasPrefix("martlet verify: "), "\(verify)")
        #expect(!verify.errors.contains("hunter2"), "\(verify)")
    }

    @Test func theFileThatTheEnvironmentNamesIsRead() async throws {
        let folder = NSTemporaryDirectory() + "martlet-verify-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/other.yaml"
        try Data("data: \(folder)\nstore.url: elsewhere.sqlite\n".utf8).write(
            to: URL(filePath: path)
        )
        let verify = try await Tool.run(
            "martlet",
            ["verify"],
            environment: ["MARTLET_CONFIG": path]
        )
        #expect(verify.status == 2, "\(verify)")
        #expect(verify.errors.contains("no store at \(folder)/elsewhere.sqlite"), "\(verify)")
    }

    /// Changes, adds and removes rows; what is to be said of each table.
    private func spoil(_ installation: OperatorInstallation) throws -> [String: String] {
        let store = try installation.store
        let reader = try store.openReader()
        func first(_ table: StoreTable) throws -> StoreRow {
            try #require(try reader.rows(of: table, after: nil, limit: 1).first)
        }
        func condition(_ row: StoreRow) throws -> String {
            try zip(row.table.columns, row.key).map { column, value in
                switch value {
                case .bytes(let bytes): "\(column) = \(store.literal(bytes))"
                case .integer(let number): "\(column) = \(number)"
                case .text, .null: throw HarnessError("a key of another kind: \(column)")
                }
            }.joined(separator: " AND ")
        }
        let account = try first(.accounts)
        let event = try first(.events)
        let message = try first(.messages)
        let receipt = try first(.receipts)
        let name = "'\(installation.harness.needle) forged'"
        let content = store.literal([1, 2, 3])
        try store.change("UPDATE accounts SET name = \(name) WHERE \(try condition(account))")
        try store.change("UPDATE events SET client_time = 7 WHERE \(try condition(event))")
        try store.change(
            "UPDATE messages SET content = \(content), edited_time = 7 "
                + "WHERE \(try condition(message))"
        )
        try store.change("DELETE FROM receipts WHERE \(try condition(receipt))")
        try store.change(
            "INSERT INTO contacts (account, contact, since_time) "
                + "SELECT account, account, 7 FROM accounts WHERE \(try condition(account))"
        )
        let contact = try first(.contacts)
        return [
            "accounts": "\(account.keyDescription): other name",
            "events": "\(event.keyDescription): other client_time",
            "messages": "\(message.keyDescription): other edited_time, content",
            "receipts": "\(receipt.keyDescription): missing in the store",
            "contacts": "\(contact.keyDescription): the log gives no such row",
        ]
    }
}
