import EventLog
import Events
import Foundation
import Logging
import MartletClient
import ServiceKit
import SwiftProtobuf
import TestKit
import Testing

/// `martlet dead-letters` on letters of a real installation.
@Suite(.serialized) struct OperatorLetterTests {
    /// What nobody can decode, and how it is shown.
    private static let garbage: [UInt8] = [0xFF, 0xFE] + Array("garbage".utf8)
    private static let hexadecimal = "fffe6761 72626167 65"

    @Test func whatCannotBeDecodedIsFiledAndIsSentAgainOnceAndOnlyIfForced() async throws {
        try await OperatorInstallation.run { installation in
            let talk = try await OperatorTalk(installation.harness)
            let conversation = talk.ada.conversation(with: talk.bob)
            let place = try await append(Self.garbage, key: conversation.bytes, installation)
            // The partition moves on.
            try await talk.ada.post("after", to: talk.bob)
            try await talk.bob.waitForMessages(2)

            let letters = try await installation.letters()
            #expect(letters.count == 1)
            let letter = try #require(letters.first)
            #expect(letter.code == "undecodable")
            #expect(letter.consumer == "router")
            #expect(letter.origin == place)
            #expect(letter.bytes == Self.garbage.count)
            try await expectShown(letter, place, installation)

            let offset = "\(letter.offset)"
            let before = try await submissions(installation)
            let refused = try await redrive([offset], installation)
            #expect(refused.status == 1, "\(refused)")
            #expect(refused.output.contains("it would come back"), "\(refused)")
            let rehearsal = try await redrive([offset, "--force", "--dry-run"], installation)
            #expect(rehearsal.status == 0, "\(rehearsal)")
            #expect(rehearsal.output.contains("1 would be sent again"), "\(rehearsal)")
            #expect(try await submissions(installation) == before)

            let sent = try await redrive([offset, "--force"], installation)
            #expect(sent.status == 0 && sent.output.contains("1 sent again"), "\(sent)")
            #expect(try await submissions(installation) == before + 1)
            try await wait(for: "it to come back") { try await installation.letters().count == 2 }
            let again = try await redrive([offset], installation)
            #expect(again.status == 0, "\(again)")
            #expect(again.output.contains("it was sent again before"), "\(again)")
            #expect(again.output.contains("0 sent again"), "\(again)")
            #expect(try await submissions(installation) == before + 1)
            await talk.stop()
        }
    }

    @Test func aMessageInALetterArrivesOnceHoweverOftenItIsSentAgain() async throws {
        try await OperatorInstallation.run { installation in
            let talk = try await OperatorTalk(installation.harness)
            try await talk.bob.waitForMessages(1)
            let lost = talk.ada.mark("lost and found")
            try await file(lost, from: talk.ada, to: talk.bob, installation)
            let before = try await submissions(installation)

            let rehearsal = try await redrive(["--all", "--dry-run"], installation)
            #expect(rehearsal.status == 0, "\(rehearsal)")
            #expect(rehearsal.output.contains("1 would be sent again"), "\(rehearsal)")
            #expect(!rehearsal.output.contains(lost))
            #expect(try await submissions(installation) == before)

            let sent = try await redrive(["--all"], installation)
            #expect(sent.status == 0 && sent.output.contains("1 sent again"), "\(sent)")
            try await talk.bob.waitForMessages(2)
            let again = try await redrive(["--code", "undecodable"], installation)
            #expect(again.status == 0, "\(again)")
            #expect(again.output.contains("it was sent again before"), "\(again)")
            #expect(try await submissions(installation) == before + 1)

            // Even if it is: the router has had it.
            let forced = try await redrive(["--all", "--force"], installation)
            #expect(forced.status == 0 && forced.output.contains("1 sent again"), "\(forced)")
            #expect(try await submissions(installation) == before + 2)
            try await talk.ada.post("last", to: talk.bob)
            try await talk.bob.waitForMessages(3)
            let right = [talk.opening, lost, talk.ada.mark("last")]
            #expect(talk.bob.messages.map(\.text) == right)
            try await wait(for: "history") { try await talk.texts() == right }
            await talk.stop()
        }
    }

    // MARK: Parts

    private func expectShown(
        _ letter: OperatorRecord,
        _ place: String,
        _ installation: OperatorInstallation
    ) async throws {
        for flags in [[], ["--json"]] {
            let show = try await deadLetters(["show", "\(letter.offset)"] + flags, installation)
            #expect(show.status == 0, "\(show)")
            #expect(show.output.contains("undecodable") && show.output.contains(place), "\(show)")
            #expect(!show.output.contains("garbage"), "\(show)")
            #expect(!show.output.contains(Self.hexadecimal), "\(show)")
            let full = try await deadLetters(
                ["show", "\(letter.offset)", "--content"] + flags,
                installation
            )
            #expect(full.status == 0, "\(full)")
            #expect(full.output.contains(Self.hexadecimal), "\(full)")
        }
        let missing = try await deadLetters(["show", "\(letter.offset + 1)"], installation)
        #expect(missing.status == 1, "\(missing)")
    }

    private func redrive(
        _ flags: [String],
        _ installation: OperatorInstallation
    ) async throws -> Tool {
        try await deadLetters(["redrive"] + flags, installation)
    }

    private func deadLetters(
        _ arguments: [String],
        _ installation: OperatorInstallation
    ) async throws -> Tool {
        try await Tool.run(
            "martlet",
            ["dead-letters"] + arguments + ["--brokers", installation.harness.brokers]
        )
    }

    private func submissions(_ installation: OperatorInstallation) async throws -> Int {
        try await installation.records(of: .submissions).count
    }

    /// Appends a record to `submissions`, past the gateway; where it stands.
    private func append(
        _ value: [UInt8],
        key: [UInt8],
        _ installation: OperatorInstallation
    ) async throws -> String {
        let position = try await append(
            OutgoingRecord(topic: .submissions, key: key, value: value),
            installation
        )
        return "\(position.topicPartition)@\(position.offset)"
    }

    private func append(
        _ record: OutgoingRecord,
        _ installation: OperatorInstallation
    ) async throws -> RecordPosition {
        let producer = try EventProducer(
            EventLogConfiguration(brokers: installation.harness.brokers, clientID: "test"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        defer { producer.close() }
        return try await producer.append(record)
    }

    /// Files a message as a router does that can't read what a later version wrote.
    private func file(
        _ text: String,
        from sender: Person,
        to other: Person,
        _ installation: OperatorInstallation
    ) async throws {
        let conversation = sender.conversation(with: other)
        let first = try #require(try await installation.records(of: .submissions).first)
        let submission = PBSubmission.with {
            $0.submissionID = Data(sender.newID().bytes)
            $0.conversationID = Data(conversation.bytes)
            $0.conversationKind = .direct
            $0.sender = Data(sender.account.bytes)
            $0.deviceID = Data(sender.credentials.deviceID.bytes)
            $0.serverTimeMs = SystemClock().now().milliseconds
            $0.postMessage = .with {
                $0.recipient = Data(other.account.bytes)
                $0.content = .with { $0.text = .with { $0.text = text } }
            }
        }
        let value = try submission.serializedData()
        let letter = PBDeadLetter.with {
            $0.origin = .with {
                $0.topic = Topic.submissions.number
                $0.partition = UInt32(first.partition)
                $0.offset = first.offset
            }
            $0.consumer = "router"
            $0.code = "undecodable"
            $0.serverTimeMs = first.timestamp
            $0.originalKey = Data(conversation.bytes)
            $0.originalValue = value
        }
        let record = OutgoingRecord(
            topic: .deadLetters,
            key: conversation.bytes,
            value: try letter.serializedBytes()
        )
        _ = try await append(record, installation)
    }
}
