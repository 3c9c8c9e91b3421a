import Conversations
import Events
import Foundation
import Stores
import TestKit
import Testing

/// What history answers of groups and channels.
@Suite struct GroupCallTests {
    private static let secret = InviteSecret(high: 5, low: 5)

    private func equal(_ object: [String: Any]?, _ expected: [String: Any]) -> Bool {
        NSDictionary(dictionary: object ?? [:]) == NSDictionary(dictionary: expected)
    }

    /// Runs the service over a group of Ada, Bob and Cleo, told by `tell`.
    private func run(
        _ kind: ConversationKind = .group,
        _ tell: @escaping (inout Group, inout Story) throws -> Void,
        _ body: (HistoryWorld, String) async throws -> Void
    ) async throws {
        var id = ""
        try await HistoryWorld.run { story in
            let profile = ProfileChange(name: "Swifts", description: "about", picture: "p1")
            let others: [Speaker] = kind == .group ? [.bob, .cleo] : []
            var group = try Group(kind, of: .ada, with: others, profile, in: &story)
            id = group.id.description
            try tell(&group, &story)
        } _: { world in
            try await body(world, "/v1/conversations/\(id)")
        }
    }

    @Test func theListShowsAGroupWithItsProfileAndOnesRole() async throws {
        try await run { group, story in
            try group.act(.ada, .setRole(Speaker.bob.account, .admin), in: &story)
            try group.post("hello", by: .ada, in: &story)
        } _: { world, path in
            let list = try await world.get("/v1/conversations", as: .bob).list("conversations")
            let found = try #require(list.first)
            #expect(path.hasSuffix(found["conversation_id"] as? String ?? "-"))
            #expect(found["conversation_kind"] as? String == "group")
            #expect(found["name"] as? String == "Swifts")
            #expect(found["picture"] as? String == "p1")
            #expect(found["role"] as? String == "admin")
            #expect(found["member_count"] as? Int == 3)
            #expect(found["members"] as? [String] == [])
            #expect(found["unread_count"] as? Int == 1)
            #expect((found["ticks"] as? [String: Any])?["kind"] as? String == "ticks")
        }
    }

    @Test func aConversationSaysWhatItIs() async throws {
        try await run { group, story in
            let post = try group.post("pinned", by: .ada, in: &story)
            try group.act(.ada, .pin(post.submission, isPinned: true), in: &story)
            try group.act(.cleo, .leave, in: &story)
        } _: { world, path in
            let bob = try await world.get(path, as: .bob)
            #expect(bob.status == 200)
            var object = bob.object
            let pins = object.removeValue(forKey: "pins") as? [[String: Any]]
            #expect(pins?.count == 1)
            #expect((pins?.first?["content"] as? [String: String])?["text"] == "pinned")
            let expected: [String: Any] = [
                "conversation_id": path.suffix(26), "conversation_kind": "group",
                "name": "Swifts", "picture": "p1", "description": "about", "role": "member",
                "joined_at": 1_767_225_600_000, "left_at": NSNull(), "member_count": 2,
                "settings": [
                    "post_from": "member", "edit_profile_from": "admin", "add_from": "member",
                    "disappear_after_s": 0,
                ],
            ]
            #expect(equal(object, expected))
            let cleo = try await world.get(path, as: .cleo)
            #expect(cleo.object["role"] is NSNull && cleo.object["settings"] is NSNull)
            #expect(cleo.object["left_at"] is NSNumber)
            #expect(cleo.list("pins").isEmpty)
            let dan = try await world.get(path, as: .dan)
            #expect(dan.status == 404 && dan.problem == "not_found")
        }
    }

    @Test func aDirectConversationSaysWhoTheOtherIs() async throws {
        try await HistoryWorld.run { story in
            story.register(.ada, name: "Ada")
            story.post("hello", from: .ada, to: .bob)
        } _: { world in
            let path = "/v1/conversations/\(Speaker.ada.conversation(with: .bob))"
            let bob = try await world.get(path, as: .bob)
            #expect(bob.object["name"] as? String == "Ada")
            #expect(bob.object["role"] is NSNull)
            #expect(equal(bob.object["settings"] as? [String: Any], ["disappear_after_s": 0]))
            let members = try await world.get(path + "/members", as: .bob).list("members")
            #expect(members.count == 2)
            #expect(members.allSatisfy { $0["role"] is NSNull })
            #expect(Set(members.map { $0["name"] as? String }) == ["Ada", nil])
        }
    }

    @Test func membersComeInPages() async throws {
        try await run { _, story in
            story.register(.bob, name: "Bob")
        } _: { world, path in
            var found: [String] = []
            var cursor: String?
            repeat {
                let start = cursor.map { "&cursor=\($0)" } ?? ""
                let page = try await world.get("\(path)/members?limit=1\(start)", as: .bob)
                #expect(page.status == 200)
                found += page.list("members").compactMap { $0["account_id"] as? String }
                cursor = page.object["next_cursor"] as? String
            } while cursor != nil && found.count < 9
            let others = [Speaker.bob, .cleo].map(\.account).sorted()
            #expect(found == ([Speaker.ada.account] + others).map(\.description))
            let all = try await world.get(path + "/members", as: .bob).list("members")
            #expect(all[0]["role"] as? String == "owner" && all[0]["name"] is NSNull)
            #expect(all[0]["joined_at"] as? Int == 1_767_225_600_000)
            for cursor in ["", "x", "owner", "owner.x", "king.\(Speaker.ada.account)", "."] {
                let answer = try await world.get("\(path)/members?cursor=\(cursor)", as: .bob)
                #expect(answer.status == 422 && answer.problem == "invalid_parameter", "\(cursor)")
            }
        }
    }

    @Test func whoLeftIsToldThatItIsForMembers() async throws {
        try await run { group, story in
            try group.act(.cleo, .leave, in: &story)
        } _: { world, path in
            for call in ["/members", "/invites"] {
                let cleo = try await world.get(path + call, as: .cleo)
                #expect(cleo.status == 403 && cleo.problem == "not_a_member", "\(call)")
                let dan = try await world.get(path + call, as: .dan)
                #expect(dan.status == 404 && dan.problem == "not_found", "\(call)")
            }
            let events = try await world.get(path + "/events", as: .cleo)
            #expect(events.seqs == [2, 1])
        }
    }

    @Test func invitesAreForAdmins() async throws {
        try await run { group, story in
            let terms = Invite(usesMax: 3, needsApproval: true)
            try group.act(.ada, .createInvite(Self.secret, terms), in: &story)
            try group.act(.dan, .join(Self.secret), in: &story)
        } _: { world, path in
            let invites = try await world.get(path + "/invites", as: .ada)
            let id = try #require(ConversationID(path.suffix(26)))
            let expected: [String: Any] = [
                "token": InviteToken(id, Self.secret).description,
                "created_by": Speaker.ada.account.description,
                "created_at": 1_767_225_601_000, "expires_at": NSNull(), "uses_max": 3,
                "needs_approval": true, "uses": 1,
            ]
            #expect(equal(invites.list("invites").first, expected))
            let bob = try await world.get(path + "/invites", as: .bob)
            #expect(bob.status == 403 && bob.problem == "not_allowed")
        }
    }

    @Test func aLinkCanBeLookedAtByAnybody() async throws {
        let end = HistoryWorld.start + .seconds(3600)
        try await run { group, story in
            let terms = Invite(expiresAt: end)
            try group.act(.ada, .createInvite(Self.secret, terms), in: &story)
        } _: { world, path in
            let id = try #require(ConversationID(path.suffix(26)))
            let call = "/v1/invites/\(InviteToken(id, Self.secret))"
            let dan = try await world.get(call, as: .dan)
            let expected: [String: Any] = [
                "conversation_id": id.description, "conversation_kind": "group",
                "name": "Swifts", "picture": "p1", "member_count": 3, "needs_approval": false,
            ]
            #expect(equal(dan.object, expected))
            #expect(try await world.get(call).status == 401)
            let bad = ["x", "\(id)", "\(InviteToken(id, InviteSecret(high: 1, low: 1)))", "%00"]
            for token in bad {
                let answer = try await world.get("/v1/invites/\(token)", as: .dan)
                #expect(answer.status == 404 && answer.problem == "not_found", "\(token)")
            }
            world.clock.set(end)
            #expect(try await world.get(call, as: .dan).status == 404)
        }
    }

    @Test func inAChannelReadersAreCounted() async throws {
        var message = ""
        try await run(.channel) { group, story in
            try group.act(.ada, .createInvite(Self.secret, Invite()), in: &story)
            for speaker in [Speaker.bob, .cleo] {
                try group.act(speaker, .join(Self.secret), in: &story)
            }
            let post = try group.post("news", by: .ada, in: &story)
            message = post.submission.description
            story.mark(.read, post, by: .bob)
        } _: { world, path in
            let answer = try await world.get("/v1/messages/\(message)/receipts", as: .ada)
            let expected: [String: Any] = [
                "message_id": message, "conversation_id": path.suffix(26), "seq": 5,
                "sender": Speaker.ada.account.description, "read_count": 1,
            ]
            #expect(equal(answer.object, expected))
            let page = try await world.get(path + "/events", as: .bob)
            #expect(page.object["ticks"] is NSNull)
            #expect(page.seqs == [5, 3], "the channel's post, and one's own coming")
        }
    }

    @Test func receiptsOfALargeGroupComeInPages() async throws {
        var message = ""
        let many = (1...120).map { Speaker(UInt64($0)) }
        try await HistoryWorld.run { story in
            var group = try Group(.group, of: .ada, with: many, in: &story)
            let post = try group.post("hello", by: .ada, in: &story)
            message = post.submission.description
        } _: { world in
            let path = "/v1/messages/\(message)/receipts"
            var found: [String] = []
            var cursor: String?
            repeat {
                let start = cursor.map { "&cursor=\($0)" } ?? ""
                let page = try await world.get("\(path)?limit=50\(start)", as: .ada)
                found += page.list("receipts").compactMap { $0["account_id"] as? String }
                cursor = page.object["next_cursor"] as? String
            } while cursor != nil && found.count < 200
            #expect(found == many.map(\.account.description))
            for query in ["limit=0", "limit=101", "cursor=x", "cursor="] {
                let answer = try await world.get("\(path)?\(query)", as: .ada)
                #expect(answer.status == 422 && answer.problem == "invalid_parameter", "\(query)")
            }
        }
    }
}
