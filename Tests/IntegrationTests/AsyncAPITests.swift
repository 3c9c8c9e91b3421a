import Delivery
import Foundation
import MartletClient
import TestKit
import Testing
import Web

/// The document of the WebSocket and of the topics, against the code that writes them and against what a running system says.
@Suite(.serialized) struct AsyncAPITests {
    @Test func theDocumentIsWhole() throws {
        let document = try AsyncAPIDocument()
        #expect(document.version.hasPrefix("3.0"))
        for (place, target) in document.references {
            #expect(document.target(of: target) != nil, "\(place) leads to \(target)")
        }
        let received = document.frames(of: "receiveFrames")
        let sent = document.frames(of: "sendFrames")
        #expect(received == Set(FrameType.allCases.map(\.rawValue)))
        #expect(received.isDisjoint(with: sent))
        #expect(received.union(sent) == document.frames)
    }

    @Test func everyTopicIsDocumentedAsItIsKept() throws {
        let topics = try AsyncAPIDocument().topics
        let declared = try AsyncAPIDocument.declaredTopics()
        #expect(topics.map(\.entry.name).sorted() == declared.map(\.name).sorted())
        for topic in declared {
            let documented = try #require(topics.first { $0.entry.name == topic.name })
            #expect(documented.entry == topic)
            #expect(documented.binding["topic"] as? String == topic.name)
            #expect(
                documented.binding["partitions"] as? Int == (topic.partitions == "one" ? 1 : nil)
            )
            let kept = documented.binding["topicConfiguration"] as? [String: Any]
            #expect(kept?["cleanup.policy"] as? [String] == [topic.cleanup])
            #expect(kept?["retention.ms"] as? Int == milliseconds(topic.retention), "\(topic.name)")
            #expect(documented.value == "../topics/\(topic.name).proto")
            let path = AsyncAPIDocument.folder + "/topics/\(topic.name).proto"
            let proto = try String(contentsOfFile: path, encoding: .utf8)
            #expect(proto.contains("message \(documented.message) {"), "\(topic.name)")
        }
    }

    /// `30 days` as Kafka has it.
    private func milliseconds(_ retention: String) -> Int? {
        if retention == "forever" { return -1 }
        let words = retention.split(separator: " ")
        guard words.count == 2, let count = Int(words[0]) else { return nil }
        let units = ["days": 24 * 60 * 60 * 1000, "minutes": 60 * 1000]
        return units[String(words[1])].map { count * $0 }
    }

    @Test func everyCloseCodeIsDocumented() throws {
        let codes = CloseCode.all.map { ("\($0.code)", $0.name) }
        let expected = Dictionary(uniqueKeysWithValues: codes)
        #expect(try AsyncAPIDocument().closeCodes == expected)
    }

    @Test func everyEventIsWrittenAsDocumentedAndNoOtherIsDocumented() throws {
        let document = try AsyncAPIDocument()
        let written =
            try AsyncAPISamples.conversationEvents() + AsyncAPISamples.accountEvents()
        for event in written {
            let complaints = document.complaints(aboutEvent: event)
            #expect(complaints.isEmpty, "\(complaints)")
        }
        let kinds = Set(written.compactMap { ($0 as? [String: Any])?["kind"] as? String })
        // These are written by delivery itself; a running system is asked for them below.
        let others: Set<String> = ["ticks", "read", "rejected"]
        #expect(Set(document.events.keys) == kinds.union(others))
        #expect(document.kindsShown == Set(document.events.keys))
    }

    @Test func everyExampleIsAsItsSchemaSays() throws {
        let document = try AsyncAPIDocument()
        #expect(document.schemas.exampleCount >= 80)
        let complaints = try document.schemas.complaintsAboutExamples()
        #expect(complaints.isEmpty, "\(complaints)")
    }

    @Test func aSchemaRefusesWhatIsNotAsItSays() throws {
        let document = try AsyncAPIDocument()
        let frames: [[String: Any]] = [
            ["type": "unheard"], ["type": "ack"], ["type": "ack", "position": 1],
            ["type": "welcome", "account_id": "x", "device_id": "x", "position": "1.0"],
            ["type": "gap", "position": "1.0", "more": true],
            ["type": "event", "position": "1.0", "event": ["kind": "unheard"]],
            ["type": "event", "position": "1.0", "event": ["kind": "deleted"]],
            ["type": "signal", "kind": "typing"],
        ]
        for frame in frames { #expect(!document.complaints(about: frame).isEmpty, "\(frame)") }
    }

    // MARK: A running system

    @Test func everyFrameOfARunningSystemIsAsDocumented() async throws {
        try await PipelineHarness.run { harness in
            let ada = try await AsyncAPIDevice(harness, phone: "+15551230001")
            let bob = try await AsyncAPIDevice(harness, phone: "+15551230002")
            try await talk(ada, bob, harness)
            try await meet(ada, bob, harness)
            try await settle(ada, harness)
            try await ada.refuse()
            for device in [ada, bob] {
                let complaints = try device.complaints()
                #expect(complaints.isEmpty, "\(complaints)")
            }
            let types = try ada.types().union(bob.types())
            #expect(try types == AsyncAPIDocument().frames(of: "sendFrames"))
        }
    }

    /// A direct conversation: a message, its ticks, what another device has read, and a refusal.
    private func talk(
        _ ada: AsyncAPIDevice,
        _ bob: AsyncAPIDevice,
        _ harness: PipelineHarness
    ) async throws {
        let id = ada.newID()
        try await ada.send(
            [
                "type": "submit", "id": id, "recipient": "\(bob.account)",
                "message": "\(harness.needle) hello", "client_timestamp": 1_767_225_600_123,
            ]
        )
        try await ada.wait(forType: "accepted")
        let message = try await bob.wait(forKind: "message")
        let conversation = try #require(message["conversation_id"] as? String)
        try await bob.acknowledge()
        try await ada.wait(forKind: "ticks")
        try await bob.send(["type": "read", "conversation_id": conversation, "seq": 1])
        try await bob.wait(forKind: "read")
        try await ada.send(["type": "watch", "accounts": ["\(bob.account)"]])
        try await bob.send(["type": "typing", "conversation_id": conversation, "on": true])
        try await ada.wait(forSignal: "typing")
        try await ada.wait(forSignal: "presence")
        try await ada.send(
            [
                "type": "submit", "id": ada.newID(), "recipient_group": ada.newID(),
                "message": "\(harness.needle) nobody",
            ]
        )
        try await ada.wait(forKind: "rejected")
        try await ada.send(
            ["type": "submit", "id": "none", "recipient": "\(bob.account)", "message": "x"]
        )
        try await ada.wait(forType: "rejected")
    }

    /// A group, and what is done in it.
    private func meet(
        _ ada: AsyncAPIDevice,
        _ bob: AsyncAPIDevice,
        _ harness: PipelineHarness
    ) async throws {
        let created = try await ada.call(
            "POST",
            "/v1/groups",
            #"{"name":"Swifts","members":["\#(bob.account)"]}"#
        )
        let group = try #require(created["conversation_id"] as? String)
        try await bob.wait(forKind: "created")
        let id = ada.newID()
        try await ada.send(
            [
                "type": "submit", "id": id, "recipient_group": group,
                "content": ["type": "text", "text": "\(harness.needle) up here"],
                "mentions": ["\(bob.account)"],
            ]
        )
        try await bob.wait(forKind: "message", count: 2)
        let there = #"{"conversation_id":"\#(group)""#
        let text = "\(harness.needle) still up"
        let calls = [
            ("PUT", "/v1/messages/\(id)/reaction", there + #","emoji":"👍"}"#, "reaction"),
            ("PUT", "/v1/messages/\(id)/pin?conversation_id=\(group)", "", "pinned"),
            ("PATCH", "/v1/messages/\(id)", there + #","message":"\#(text)"}"#, "edited"),
            ("DELETE", "/v1/messages/\(id)?conversation_id=\(group)", "", "deleted"),
            ("PATCH", "/v1/conversations/\(group)", #"{"name":"Martlets"}"#, "profile_changed"),
            (
                "PUT", "/v1/conversations/\(group)/members/\(bob.account)/role",
                #"{"role":"admin"}"#, "role_changed"
            ),
            ("POST", "/v1/conversations/\(group)/invites", "{}", "invite_created"),
        ]
        for (method, path, body, kind) in calls {
            _ = try await ada.call(method, path, body)
            try await bob.wait(forKind: kind)
        }
        _ = try await bob.call("POST", "/v1/conversations/\(group)/leave", "{}")
        try await ada.wait(forKind: "member_left")
        _ = try await ada.call("PUT", "/v1/conversations/\(group)/bans/\(bob.account)", "{}")
        try await ada.wait(forKind: "banned")
    }

    /// What an account sets for itself.
    private func settle(_ ada: AsyncAPIDevice, _ harness: PipelineHarness) async throws {
        let message = try await ada.wait(forKind: "message")
        let conversation = try #require(message["conversation_id"] as? String)
        let id = try #require(message["message_id"] as? String)
        let other = try #require(message["recipient"] as? String)
        let query = "?conversation_id=\(conversation)"
        let calls = [
            (
                "PUT", "/v1/conversations/\(conversation)/preferences",
                #"{"muted_until":1767225600123,"archived":true}"#, "preferences_changed"
            ),
            (
                "PUT", "/v1/messages/\(id)/star", #"{"conversation_id":"\#(conversation)"}"#,
                "message_starred"
            ),
            ("DELETE", "/v1/messages/\(id)/star\(query)", "", "message_unstarred"),
            ("DELETE", "/v1/messages/\(id)\(query)&for=me", "", "message_hidden"),
            ("PUT", "/v1/contacts/\(other)", "{}", "contact_added"),
            ("DELETE", "/v1/contacts/\(other)", "", "contact_removed"),
            ("PATCH", "/v1/privacy", #"{"presence":"contacts"}"#, "privacy_changed"),
        ]
        for (method, path, body, kind) in calls {
            _ = try await ada.call(method, path, body)
            try await ada.wait(forKind: kind)
        }
        let tablet = try await harness.register(phone: "+15551230001", device: "Ada's tablet")
        try await ada.wait(forKind: "device_added")
        _ = try await ada.call("DELETE", "/v1/devices/\(tablet.deviceID)", "")
        try await ada.wait(forKind: "device_removed")
    }
}
