import Accounts
import Conversations
import Events
import Foundation
import Stores
import TestKit
import Testing

/// What history answers of what an account has set for itself.
@Suite struct PersonalCallTests {
    private func equal(_ object: [String: Any]?, _ expected: [String: Any]) -> Bool {
        NSDictionary(dictionary: object ?? [:]) == NSDictionary(dictionary: expected)
    }

    private func path(_ one: Speaker, _ other: Speaker) -> String {
        "/v1/conversations/\(one.conversation(with: other))/events"
    }

    private func type(_ event: [String: Any]) -> String? {
        (event["content"] as? [String: Any])?["type"] as? String
    }

    @Test func theListSaysHowTheAccountWantsAConversation() async throws {
        let id = Speaker.ada.conversation(with: .bob)
        try await HistoryWorld.run { story in
            story.post("hello", from: .ada, to: .bob)
            let change = PreferencesChange(
                mutedUntil: Timestamp(milliseconds: 1_767_232_800_000),
                isArchived: true
            )
            story.set(.preferences(id, change), by: .bob)
            story.mark(.privateRead, 1, by: .bob, with: .ada)
        } _: { world in
            let bob = try await world.get("/v1/conversations", as: .bob).list("conversations")
            #expect(bob.first?["muted_until"] as? Int64 == 1_767_232_800_000)
            #expect(bob.first?["archived"] as? Bool == true)
            #expect(bob.first?["read_seq"] as? Int == 1, "though nobody else knows")
            #expect(bob.first?["unread_count"] as? Int == 0)
            let ada = try await world.get("/v1/conversations", as: .ada).list("conversations")
            #expect(ada.first?["muted_until"] as? Int64 == 0)
            #expect(ada.first?["archived"] as? Bool == false)
            let ticks = ada.first?["ticks"] as? [String: Any]
            #expect(ticks?["read_seq"] as? Int == 0)
        }
    }

    @Test func aHiddenMessageInTheMiddleOfAPageSaysNothingOfItself() async throws {
        try await HistoryWorld.run { story in
            let posts = (1...5).map { number in
                story.post(number == 3 ? "needle" : "text", from: .ada, to: .bob)
            }
            story.set(.hide(posts[2].conversation, posts[2].submission), by: .bob)
            story.set(.star(posts[2].conversation, posts[2].submission, isStarred: true), by: .bob)
            story.set(.star(posts[3].conversation, posts[3].submission, isStarred: true), by: .bob)
        } _: { world in
            let bob = try await world.get(path(.ada, .bob), as: .bob)
            #expect(bob.seqs == [5, 4, 3, 2, 1])
            #expect(!bob.text.contains("needle"))
            let events = bob.list("events")
            #expect(events.map(type) == ["text", "text", "hidden", "text", "text"])
            #expect(equal(events[2]["content"] as? [String: Any], ["type": "hidden"]))
            #expect(events.map { $0["starred"] as? Bool } == [nil, true, nil, nil, nil])
            let ada = try await world.get(path(.ada, .bob), as: .ada)
            #expect(ada.text.contains("needle"))
            #expect(ada.list("events").allSatisfy { $0["starred"] == nil })
        }
    }

    @Test func aHiddenMessageIsNowhere() async throws {
        var id = ""
        try await HistoryWorld.run { story in
            var group = try Group(.group, of: .ada, with: [.bob], in: &story)
            id = group.id.description
            let post = try group.post("first needle", by: .ada, in: &story)
            let content = MessageContent.encodedText("second needle".utf8)
            try group.act(.ada, .pin(post.submission, isPinned: true), in: &story)
            story.set(.star(group.id, post.submission, isStarred: true), by: .bob)
            story.set(.hide(group.id, post.submission), by: .bob)
            try group.act(.ada, .editMessage(post.submission, content: content), in: &story)
        } _: { world in
            for path in [
                "/v1/conversations", "/v1/conversations/\(id)", "/v1/conversations/\(id)/events",
                "/v1/starred",
            ] {
                let bob = try await world.get(path, as: .bob)
                #expect(bob.status == 200)
                #expect(!bob.text.contains("needle"), "\(path)")
                #expect(!bob.text.contains("starred\":true"), "\(path)")
            }
            #expect(try await world.get("/v1/conversations", as: .ada).text.contains("needle"))
        }
    }

    @Test func starredMessagesComeInPagesTheLastStarredFirst() async throws {
        try await HistoryWorld.run { story in
            let posts = (1...25).map { story.post("\($0)", from: .ada, to: .bob) }
            for post in posts {
                story.set(.star(post.conversation, post.submission, isStarred: true), by: .bob)
            }
        } _: { world in
            var found: [Int64] = []
            var next: String?
            repeat {
                let start = next.map { "&before=\($0)" } ?? ""
                let page = try await world.get("/v1/starred?limit=10\(start)", as: .bob)
                #expect(page.status == 200)
                #expect(page.list("events").allSatisfy { $0["starred"] as? Bool == true })
                #expect(page.list("events").allSatisfy { $0["kind"] as? String == "message" })
                found += page.seqs
                next = page.object["next_before"] as? String
            } while next != nil && found.count < 50
            #expect(found == (1...25).reversed())
            let ada = try await world.get("/v1/starred", as: .ada)
            #expect(ada.text == "{\"events\":[],\"next_before\":null,\"missing\":[]}")
            for query in ["before=", "before=x", "before=1.x.y", "limit=0", "limit=101"] {
                let answer = try await world.get("/v1/starred?\(query)", as: .bob)
                #expect(answer.status == 422 && answer.problem == "invalid_parameter", "\(query)")
            }
        }
    }

    @Test func aStarredMessageThatIsTakenBackIsStarredNoMore() async throws {
        try await HistoryWorld.run { story in
            var group = try Group(.group, of: .ada, with: [.bob, .cleo], in: &story)
            let kept = try group.post("kept", by: .ada, in: &story)
            let gone = try group.post("needle", by: .ada, in: &story)
            try group.act(.cleo, .leave, in: &story)
            let later = try group.post("later", by: .ada, in: &story)
            for post in [kept, gone, later] {
                for speaker in [Speaker.bob, .cleo, .dan] {
                    story.set(.star(group.id, post.submission, isStarred: true), by: speaker)
                }
            }
            try group.act(.ada, .deleteMessage(gone.submission), in: &story)
        } _: { world in
            let bob = try await world.get("/v1/starred", as: .bob)
            #expect(bob.seqs == [5, 2])
            let cleo = try await world.get("/v1/starred", as: .cleo)
            #expect(cleo.seqs == [2], "who has left keeps what it saw")
            let dan = try await world.get("/v1/starred", as: .dan)
            #expect(dan.seqs.isEmpty, "a stranger's star shows nothing")
            for answer in [bob, cleo, dan] { #expect(!answer.text.contains("needle")) }
        }
    }

    @Test func privacyIsTheAccountsOwn() async throws {
        try await HistoryWorld.run { story in
            let change = Privacy.Change(readReceipts: false, presence: .contacts)
            story.set(.privacy(change), by: .bob)
        } _: { world in
            let ada = try await world.get("/v1/privacy", as: .ada)
            #expect(ada.text == "{\"read_receipts\":true,\"presence\":\"everyone\"}")
            let bob = try await world.get("/v1/privacy", as: .bob)
            #expect(bob.text == "{\"read_receipts\":false,\"presence\":\"contacts\"}")
        }
    }

    @Test func contactsComeInPages() async throws {
        try await HistoryWorld.run { story in
            story.register(.bob, name: "Bob")
            for other in [Speaker.bob, .cleo, .dan] {
                story.set(.contact(other.account, isContact: true), by: .ada)
            }
            story.set(.contact(Speaker.dan.account, isContact: false), by: .ada)
        } _: { world in
            let first = try await world.get("/v1/contacts?limit=1", as: .ada)
            let next = try #require(first.object["next_cursor"] as? String)
            let second = try await world.get("/v1/contacts?limit=1&cursor=\(next)", as: .ada)
            #expect(second.object["next_cursor"] is NSNull)
            let both = first.list("contacts") + second.list("contacts")
            let expected: [[String: Any]] = [
                [
                    "account_id": Speaker.bob.account.description, "name": "Bob",
                    "added_at": 1_767_225_601_000,
                ],
                [
                    "account_id": Speaker.cleo.account.description, "name": NSNull(),
                    "added_at": 1_767_225_602_000,
                ],
            ]
            let order = [Speaker.bob, .cleo].map(\.account)
            let inOrder = order == order.sorted() ? expected : expected.reversed()
            #expect(zip(both, inOrder).allSatisfy { equal($0, $1) } && both.count == 2)
            #expect(try await world.get("/v1/contacts", as: .bob).list("contacts").isEmpty)
            let bad = try await world.get("/v1/contacts?cursor=x", as: .ada)
            #expect(bad.problem == "invalid_parameter")
        }
    }

    @Test func devicesAreThoseThatWereNotRemoved() async throws {
        let lost = DeviceID(high: 9, low: 9)
        try await HistoryWorld.run { story in
            story.set(.deviceAdded(Speaker.ada.device, name: "phone"), by: .ada)
            story.set(.deviceAdded(lost, name: "lost"), by: .ada)
            story.set(.deviceAdded(DeviceID(high: 9, low: 8), name: ""), by: .ada)
            story.set(.deviceRemoved(lost), by: .ada)
        } _: { world in
            let devices = try await world.get("/v1/devices", as: .ada).list("devices")
            try #require(devices.count == 2)
            let other: [String: Any] = [
                "device_id": DeviceID(high: 9, low: 8).description, "name": NSNull(),
                "added_at": 1_767_225_602_000, "current": false,
            ]
            #expect(equal(devices[0], other))
            let own: [String: Any] = [
                "device_id": Speaker.ada.device.description, "name": "phone",
                "added_at": 1_767_225_600_000, "current": true,
            ]
            #expect(equal(devices[1], own))
            #expect(try await world.get("/v1/devices", as: .bob).list("devices").isEmpty)
        }
    }

    @Test func whoKeepsHisReadingToHimselfIsNotToldOfOthers() async throws {
        try await HistoryWorld.run { story in
            story.post("hello", from: .ada, to: .bob)
            story.mark(.delivered, 1, by: .bob, with: .ada)
            story.mark(.read, 1, by: .bob, with: .ada)
            story.set(.privacy(Privacy.Change(readReceipts: false)), by: .ada)
        } _: { world in
            let id = SubmissionID(high: 0x7000, low: 1)
            let answer = try await world.get("/v1/messages/\(id)/receipts", as: .ada)
            let receipt = try #require(answer.list("receipts").first)
            #expect(receipt["delivered_timestamp"] is NSNumber)
            #expect(receipt["read_timestamp"] is NSNull)
            let page = try await world.get(path(.ada, .bob), as: .ada)
            let ticks = page.object["ticks"] as? [String: Any]
            #expect(ticks?["delivered_seq"] as? Int == 1 && ticks?["read_seq"] as? Int == 0)
        }
    }
}
