import Crypto
import Events
import Foundation
import Testing

@testable import EventLog

@Suite struct TopicCatalogueTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func names(in folder: String, suffix: String) throws -> Set<String> {
        let folder = root.appending(path: folder).path(percentEncoded: false)
        return Set(
            try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(suffix) }
        )
    }

    private func digest(_ path: String) throws -> String {
        SHA256.hash(data: try Data(contentsOf: root.appending(path: path)))
            .map { String(format: "%02x", $0) }.joined()
    }

    @Test func theEmbeddedDescriptionsAreTheFiles() throws {
        #expect(try names(in: "topics", suffix: ".yaml") == Set(TopicFiles.descriptions.keys))
        for (name, text) in TopicFiles.descriptions {
            let file = try String(
                contentsOf: root.appending(path: "topics/\(name)"),
                encoding: .utf8
            )
            #expect(text == file, "topics/\(name) has changed: run make proto")
        }
    }

    @Test func theGeneratedCodeIsThatOfTheSchemas() throws {
        #expect(try names(in: "topics", suffix: ".proto") == Set(TopicFiles.schemas.keys))
        for (name, digests) in TopicFiles.schemas {
            let code = "\(name.dropLast(".proto".count)).pb.swift"
            #expect(
                try digest("topics/\(name)") == digests.schema,
                "topics/\(name) has changed: run make proto"
            )
            #expect(
                try digest("Sources/Core/Events/Generated/\(code)") == digests.code,
                "\(code) was not made by make proto"
            )
        }
    }

    @Test func everyTopicIsDescribedAndAgreesWithItsNumber() throws {
        #expect(TopicCatalogue.embedded.entries.map(\.topic) == Topic.all)
        for entry in TopicCatalogue.embedded.entries {
            #expect(entry.valueFile == "\(entry.topic.name).proto")
            #expect(!entry.purpose.isEmpty && !entry.producers.isEmpty)
            #expect(TopicFiles.schemas[entry.valueFile] != nil)
        }
        #expect(Set(Topic.all.map(\.number)).count == Topic.all.count)
    }

    @Test func definitionsFollowTheSizing() throws {
        let sizing = TopicCatalogue.Sizing(
            conversationPartitions: 5,
            accountPartitions: 7,
            replicas: 3
        )
        let definitions = Dictionary(
            uniqueKeysWithValues: TopicCatalogue.embedded.definitions(sizing).map { ($0.name, $0) }
        )
        #expect(definitions["timeline"]?.partitions == 5)
        #expect(definitions["inbox"]?.partitions == 7)
        #expect(definitions["routes"]?.partitions == 1)
        #expect(
            definitions["submissions"]?.configuration == [
                "cleanup.policy": "delete", "retention.ms": "1209600000",
                "min.insync.replicas": "2",
            ]
        )
        #expect(definitions["timeline"]?.configuration["retention.ms"] == "-1")
        #expect(definitions["routes"]?.configuration["cleanup.policy"] == "compact")
    }

    @Test func submissionsAreKeptAsLongAsAnIdMayBeOld() throws {
        let entry = try #require(TopicCatalogue.embedded.entry(of: .submissions))
        #expect(entry.retention == Limits.submissionAgeMax)
    }

    @Test(arguments: ["", "days", "0 days", "-1 days", "14", "14 fortnights", "99999999 days"])
    func aRetentionThatMakesNoSenseIsRefused(text: String) {
        #expect(TopicCatalogue.retention(text) == nil)
    }

    @Test func aDescriptionThatDisagreesIsRefused() throws {
        var descriptions = TopicFiles.descriptions
        let inbox = try #require(descriptions["inbox.yaml"])
        descriptions["inbox.yaml"] = inbox.replacingOccurrences(of: "number: 5", with: "number: 6")
        #expect(throws: TopicCatalogue.Malformed.self) {
            try TopicCatalogue(descriptions: descriptions)
        }
        descriptions["inbox.yaml"] = nil
        #expect(throws: TopicCatalogue.Malformed.self) {
            try TopicCatalogue(descriptions: descriptions)
        }
        descriptions["inbox.yaml"] = inbox + "\n  : ["
        #expect(throws: TopicCatalogue.Malformed.self) {
            try TopicCatalogue(descriptions: descriptions)
        }
    }
}
