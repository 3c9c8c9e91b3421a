import Conversations
import Events
import Foundation
import TestKit
import Testing

/// The answers of `GET /v1/conversations/{id}/requests` and `/bans`.
@Suite struct AdmissionCallTests {
    private static let secret = InviteSecret(high: 5, low: 5)
    private let eve = Speaker(0xE5E)

    /// Runs the service over a group of Ada, an admin Bob and a moderator Cleo; Eve has left it, Dan waits, and three are banned.
    private func run(_ body: (HistoryWorld, String) async throws -> Void) async throws {
        var id = ""
        try await HistoryWorld.run { story in
            story.register(.dan, name: "Dan")
            var group = try Group(.group, of: .ada, with: [.bob, .cleo, eve], in: &story)
            id = group.id.description
            try group.act(.ada, .setRole(Speaker.bob.account, .admin), in: &story)
            try group.act(.ada, .setRole(Speaker.cleo.account, .moderator), in: &story)
            try group.act(eve, .leave, in: &story)
            let terms = Invite(needsApproval: true)
            try group.act(.ada, .createInvite(Self.secret, terms), in: &story)
            try group.act(.dan, .join(Self.secret), in: &story)
            for number in [3, 1, 2] as [UInt64] {
                let ban = ConversationAction.setBan(Speaker(number).account, isBanned: true)
                try group.act(.bob, ban, in: &story)
            }
        } _: { world in
            try await body(world, "/v1/conversations/\(id)")
        }
    }

    @Test func whoWaitsIsShownToModerators() async throws {
        try await run { world, path in
            let answer = try await world.get(path + "/requests", as: .cleo)
            #expect(answer.status == 200)
            #expect(path.hasSuffix(answer.object["conversation_id"] as? String ?? "-"))
            #expect(answer.object["next_cursor"] is NSNull)
            let requests = answer.list("requests")
            try #require(requests.count == 1)
            #expect(requests[0]["account_id"] as? String == Speaker.dan.account.description)
            #expect(requests[0]["name"] as? String == "Dan")
            #expect(requests[0]["requested_at"] is NSNumber)
        }
    }

    @Test func whoIsBannedIsShownToAdminsInPages() async throws {
        try await run { world, path in
            var found: [String] = []
            var cursor: String?
            repeat {
                let start = cursor.map { "&cursor=\($0)" } ?? ""
                let page = try await world.get("\(path)/bans?limit=2\(start)", as: .ada)
                for ban in page.list("bans") {
                    #expect(ban["banned_by"] as? String == Speaker.bob.account.description)
                    #expect(ban["name"] is NSNull)
                    #expect(ban["banned_at"] is NSNumber)
                }
                found += page.list("bans").compactMap { $0["account_id"] as? String }
                cursor = page.object["next_cursor"] as? String
            } while cursor != nil && found.count < 9
            #expect(found == (1...3).map { Speaker(UInt64($0)).account.description })
        }
    }

    @Test func othersAreRefused() async throws {
        try await run { world, path in
            let cases: [(String, Speaker, Int, String?)] = [
                ("/requests", .ada, 200, nil), ("/requests", .bob, 200, nil),
                ("/requests", .cleo, 200, nil), ("/requests", eve, 403, "not_a_member"),
                ("/requests", .dan, 404, "not_found"),
                ("/bans", .ada, 200, nil), ("/bans", .bob, 200, nil),
                ("/bans", .cleo, 403, "not_allowed"), ("/bans", eve, 403, "not_a_member"),
                ("/bans", .dan, 404, "not_found"), ("/bans", Speaker(1), 404, "not_found"),
            ]
            for (call, speaker, status, problem) in cases {
                let answer = try await world.get(path + call, as: speaker)
                #expect(answer.status == status, "\(call) \(speaker)")
                #expect(answer.problem == problem, "\(call) \(speaker)")
            }
            for call in ["/requests", "/bans"] {
                for query in ["cursor=x", "cursor=", "limit=0", "limit=101"] {
                    let answer = try await world.get("\(path)\(call)?\(query)", as: .ada)
                    #expect(answer.problem == "invalid_parameter", "\(call) \(query)")
                }
                let unknown = try await world.get("/v1/conversations/x\(call)", as: .ada)
                #expect(unknown.problem == "not_found")
            }
        }
    }

    @Test func inADirectConversationThereIsNothingToDecide() async throws {
        var id = ""
        try await HistoryWorld.run { story in
            id = try Group(.channel, of: .ada, in: &story).id.description
            story.post("x", from: .ada, to: .bob)
        } _: { world in
            let direct = Speaker.ada.conversation(with: .bob)
            for call in ["requests", "bans"] {
                let owner = try await world.get("/v1/conversations/\(id)/\(call)", as: .ada)
                #expect(owner.status == 200 && owner.list(call).isEmpty)
                let path = "/v1/conversations/\(direct)/\(call)"
                let one = try await world.get(path, as: .ada)
                #expect(one.status == 403 && one.problem == "not_allowed")
                #expect(try await world.get(path, as: .cleo).status == 404)
            }
        }
    }
}
