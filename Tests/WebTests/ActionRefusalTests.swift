import Conversations
import Events
import TestKit
import Testing
import Web

@testable import Gateway

/// What is wrong with calls that put something to the router.
@Suite struct ActionRefusalTests {
    private let world = GatewayWorld()

    private struct Case {
        let method: String
        let path: String
        let body: String
        let code: String

        init(_ method: String, _ path: String, _ body: String, _ code: String) {
            self.method = method
            self.path = path
            self.body = body
            self.code = code
        }
    }

    private func check(_ cases: [Case]) async throws {
        let statuses = Dictionary(
            uniqueKeysWithValues: Problem.Code.all.map { ($0.name, $0.status) }
        )
        try await world.serve { server in
            let token = try await world.token()
            for one in cases {
                let answer = try await server.send(
                    one.method,
                    one.path,
                    .text(one.body),
                    token: token
                )
                let what: Comment =
                    "\(one.method) \(one.path) \(one.body.prefix(200)): \(answer.text)"
                #expect(answer.problem == one.code, what)
                #expect(answer.status == statuses[one.code], what)
            }
        }
        #expect(world.log.records(.submissions).isEmpty)
    }

    /// Cases of one call, by body and code.
    private func cases(
        _ method: String,
        _ path: String,
        _ bodies: [(String, String)]
    ) -> [Case] {
        bodies.map { Case(method, path, $0.0, $0.1) }
    }

    private let conversation = "/v1/conversations/\(ActionSample.group)"
    private let message = "/v1/messages/\(ActionSample.message)"
    private let here = ActionSample.inConversation
    private let query = ActionSample.ofConversation

    private func list(_ count: Int) -> String {
        (0..<UInt64(count)).map { "\"\(AccountID(high: 1, low: $0))\"" }.joined(separator: ",")
    }

    private func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    // MARK: Groups

    @Test func groupsAndChannelsKeepWithinTheLimits() async throws {
        let profiles = [
            "", #""name":null"#, #""name":"""#, #""name":" ""#, #""name":"\u200b""#, #""name":7"#,
            #""name":["x"]"#, #""name":"a\nb""#, #""name":"a\u0000""#, #""name":"\#(text(101))""#,
            #""name":"x","description":7"#, #""name":"x","description":"\#(text(1025))""#,
            #""name":"x","picture":false"#, #""name":"x","picture":"\#(text(101))""#,
        ]
        let settings = [
            "7", "[]", "\"x\"", #"{"post_from":"king"}"#, #"{"post_from":4}"#, #"{"add_from":""}"#,
            #"{"edit_profile_from":"Admin"}"#, #"{"disappear_after_s":-1}"#,
            #"{"disappear_after_s":31536001}"#, #"{"disappear_after_s":1.5}"#,
            #"{"disappear_after_s":"never"}"#, #"{"disappear_after_s":9223372036854775807}"#,
        ]
        var all: [Case] = []
        for path in ["/v1/groups", "/v1/channels"] {
            all += cases("POST", path, profiles.map { ("{\($0)}", "invalid_profile") })
            all += cases(
                "POST",
                path,
                settings.map { (#"{"name":"x","settings":\#($0)}"#, "invalid_settings") }
            )
        }
        let members = [
            "7", "{}", #""\#(ActionSample.bob)""#, "[7]", "[null]", #"["nobody"]"#,
            "[\(list(257))]",
            #"["\#(ActionSample.bob)","\#(Samples.bobPhone)"]"#, #"["\#(Samples.adaPhone)"]"#,
        ]
        all += cases(
            "POST",
            "/v1/groups",
            members.map { (#"{"name":"x","members":\#($0)}"#, "invalid_members") }
        )
        all += cases(
            "POST",
            "/v1/channels",
            [
                (#"{"name":"x","members":["\#(ActionSample.bob)"]}"#, "invalid_members"),
                (#"{"name":"x","settings":{"post_from":"member"}}"#, "invalid_settings"),
            ]
        )
        try await check(all)
    }

    @Test func aGroupMayBeginWithTwoHundredAndFiftySix() async throws {
        try await world.serve { server in
            let body = #"{"name":"\#(text(100))","members":[\#(list(256))]}"#
            let answer = try await server.post("/v1/groups", body, token: try await world.token())
            #expect(answer.status == 202)
        }
    }

    @Test func aChangeIsOfTheProfileOrOfTheSettings() async throws {
        try await check(
            cases(
                "PATCH",
                conversation,
                [
                    ("", "invalid_field"), ("{}", "invalid_field"),
                    (#"{"settings":null,"name":null}"#, "invalid_field"),
                    (#"{"name":"x","settings":{"post_from":"admin"}}"#, "invalid_field"),
                    (#"{"picture":"","settings":{}}"#, "invalid_field"),
                    (#"{"settings":{}}"#, "invalid_settings"),
                    (#"{"settings":{"post_from":"king"}}"#, "invalid_settings"),
                    (#"{"name":""}"#, "invalid_profile"),
                    (#"{"name":"\#(text(101))"}"#, "invalid_profile"),
                ]
            )
        )
    }

    // MARK: Members

    @Test func membersAreAccountsAndRolesAreRoles() async throws {
        let role = "\(conversation)/members/\(ActionSample.bob)/role"
        let lists = [
            "{}", #"{"accounts":[]}"#, #"{"accounts":null}"#, #"{"accounts":{}}"#,
            #"{"accounts":["x"]}"#, #"{"accounts":[\#(list(257))]}"#,
            #"{"accounts":["\#(Samples.bobPhone)","\#(Samples.bobPhone)"]}"#,
        ]
        let roles = [
            "{}", #"{"role":"king"}"#, #"{"role":"owner"}"#, #"{"role":3}"#, #"{"role":""}"#,
        ]
        let accounts = ["{}", #"{"account":7}"#, #"{"account":"x"}"#, #"{"account":""}"#]
        let answers = ["{}", #"{"approved":1}"#, #"{"approved":"true"}"#, #"{"approved":null}"#]
        try await check(
            cases("POST", "\(conversation)/members", lists.map { ($0, "invalid_members") })
                + cases("PUT", role, roles.map { ($0, "invalid_role") })
                + cases("POST", "\(conversation)/owner", accounts.map { ($0, "invalid_account") })
                + cases(
                    "PUT",
                    "\(conversation)/requests/\(ActionSample.bob)",
                    answers.map { ($0, "invalid_field") }
                )
        )
    }

    @Test func anAccountInThePathIsUnderstoodOrRefused() async throws {
        let nobody = [
            "x", "5551230002", "%2B", "%zz", "a%40b", "%00", text(400),
            "\(ActionSample.bob)0", String("\(ActionSample.bob)".dropLast()),
        ]
        let calls = [
            ("DELETE", "\(conversation)/members/", "", ""),
            ("PUT", "\(conversation)/members/", "/role", #"{"role":"member"}"#),
            ("PUT", "\(conversation)/bans/", "", ""), ("DELETE", "\(conversation)/bans/", "", ""),
            ("PUT", "\(conversation)/requests/", "", #"{"approved":true}"#),
            ("PUT", "/v1/blocks/", "", ""), ("DELETE", "/v1/blocks/", "", ""),
        ]
        var all: [Case] = []
        for (method, before, after, body) in calls {
            all += nobody.map { Case(method, before + $0 + after, body, "invalid_account") }
        }
        for method in ["PUT", "DELETE"] {
            for ada in ["\(Samples.ada.account)", "%2B15551230001"] {
                all.append(Case(method, "/v1/blocks/\(ada)", "", "invalid_account"))
            }
        }
        try await check(all)
    }

    // MARK: Invites

    @Test func anInvitesTermsAreTermsThatItCanHave() async throws {
        let now = world.clock.now().milliseconds
        let terms = [
            #"{"expires_at":\#(now)}"#, #"{"expires_at":0}"#, #"{"expires_at":-1}"#,
            #"{"expires_at":253402300800000}"#, #"{"expires_at":"never"}"#, #"{"uses_max":-1}"#,
            #"{"uses_max":4294967296}"#, #"{"uses_max":1.5}"#, #"{"uses_max":"7"}"#,
            #"{"needs_approval":1}"#, #"{"needs_approval":"no"}"#,
        ]
        try await check(
            cases("POST", "\(conversation)/invites", terms.map { ($0, "invalid_invite") })
        )
    }

    // MARK: Messages

    @Test func editsAreTexts() async throws {
        try await check(
            cases(
                "PATCH",
                message,
                [
                    (#"{"message":"x"}"#, "invalid_field"),
                    (#"{"conversation_id":7,"message":"x"}"#, "invalid_field"),
                    (#"{"conversation_id":"x","message":"x"}"#, "invalid_field"),
                    ("{\(here)}", "invalid_message"),
                    ("{\(here),\"message\":\" \"}", "invalid_message"),
                    ("{\(here),\"message\":7}", "invalid_message"),
                    ("{\(here),\"content\":7}", "invalid_message"),
                    (#"{\#(here),"content":{"type":"poll"}}"#, "invalid_message"),
                    (#"{\#(here),"content":{"type":"text"}}"#, "invalid_message"),
                    (#"{\#(here),"message":"\#(text(4097))"}"#, "message_too_long"),
                ]
            )
        )
    }

    @Test func aReactionIsOneEmojiAndAVoteNamesOptions() async throws {
        let emoji = [
            #""emoji":null"#, #""emoji":7"#, #""emoji":" ""#, #""emoji":"  ""#, #""emoji":"x""#,
            #""emoji":"1""#, #""emoji":"👍👍""#, #""emoji":" 👍""#, #""emoji":"\u200d""#,
            #""emoji":"e\#(String(repeating: "\u{301}", count: 20))""#,
            #""emoji":"👍\#(String(repeating: "\u{FE0F}", count: 10))""#,
        ]
        let options = [
            "null", "7", "[-1]", "[12]", "[1.5]", "[\"1\"]", "[1,1]", "[4294967296]", "{}",
            "[0,1,2,3,4,5,6,7,8,9,10,11,0]",
        ]
        try await check(
            cases(
                "PUT",
                "\(message)/reaction",
                [("{\(here)}", "invalid_reaction"), (#"{"emoji":"👍"}"#, "invalid_field")]
                    + emoji.map { ("{\(here),\($0)}", "invalid_reaction") }
            )
                + cases(
                    "PUT",
                    "\(message)/vote",
                    [("{\(here)}", "invalid_reaction"), (#"{"options":[0]}"#, "invalid_field")]
                        + options.map { ("{\(here),\"options\":\($0)}", "invalid_reaction") }
                )
        )
    }

    @Test func emojiOfManyPartsAreOne() async throws {
        try await world.serve { server in
            let token = try await world.token()
            for emoji in ["❤", "❤️", "👩‍👩‍👧‍👦", "🇩🇪", "1️⃣", "🧑🏿‍🦽", "©️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"] {
                let answer = try await server.send(
                    "PUT",
                    "\(message)/reaction",
                    .text("{\(here),\"emoji\":\"\(emoji)\"}"),
                    token: token
                )
                #expect(answer.status == 202, "\(emoji)")
            }
        }
    }

    @Test func aPlaceIsOnEarth() async throws {
        let places = [
            "", #""latitude":1"#, #""longitude":1"#, #""latitude":90.0000001,"longitude":0"#,
            #""latitude":0,"longitude":-180.5"#, #""latitude":"1","longitude":1"#,
            #""latitude":1e999,"longitude":1"#, #""latitude":null,"longitude":1"#,
            #""latitude":9223372036854775807,"longitude":1"#,
        ]
        try await check(
            cases(
                "PUT",
                "\(message)/location",
                [(#"{"latitude":1,"longitude":1}"#, "invalid_field")]
                    + places.map {
                        ("{\(here)\($0.isEmpty ? "" : ",")\($0)}", "invalid_message")
                    }
            )
        )
    }

    @Test func whatIsDoneToAMessageNamesItsConversation() async throws {
        var all: [Case] = []
        for (method, path) in [
            ("DELETE", message), ("PUT", "\(message)/pin"), ("DELETE", "\(message)/pin"),
        ] {
            for query in ["", "?conversation_id=", "?conversation_id=x", "?conversation=\(here)"] {
                all.append(Case(method, path + query, "", "invalid_parameter"))
            }
            all.append(Case(method, path, "{\(here)}", "invalid_parameter"))
        }
        try await check(all)
    }

    // MARK: Every call

    @Test func idsInThePathThatAreNoneAreNotFound() async throws {
        let other = InviteToken(ConversationID(high: 1, low: 1), ActionSample.secret)
        var all: [Case] = []
        for sample in ActionSample.all where sample.route.contains("{id}") {
            for id in ["x", "\(ActionSample.group)0", "%20", "uuuuuuuuuuuuuuuuuuuuuuuuuu"] {
                let path = sample.path
                    .replacing("\(ActionSample.group)/", with: "\(id)/")
                    .replacing("conversations/\(ActionSample.group)", with: "conversations/\(id)")
                    .replacing("\(ActionSample.message)", with: id)
                let body = sample.body(Samples.id(at: world.clock.now()))
                all.append(Case(sample.method, path, body, "not_found"))
            }
        }
        for token in ["x", String("\(ActionSample.token)".dropLast()), "\(ActionSample.token)0"] {
            all.append(Case("POST", "/v1/invites/\(token)/acceptance", "", "not_found"))
            all.append(Case("DELETE", "\(conversation)/invites/\(token)", "", "not_found"))
        }
        all.append(Case("DELETE", "\(conversation)/invites/\(other)", "", "not_found"))
        try await check(all)
    }

    @Test func idAndTimeAreCheckedOnEveryCall() async throws {
        let old = Samples.id(at: world.clock.now() - Limits.submissionAgeMax - .milliseconds(1))
        let bodies = [
            (#"{"id":"x"}"#, "invalid_id"), (#"{"id":7}"#, "invalid_id"),
            (#"{"id":"\#(ActionSample.bob)"}"#, "invalid_id"), (#"{"id":"\#(old)"}"#, "too_old"),
            (#"{"client_timestamp":-1}"#, "invalid_client_timestamp"),
            (#"{"client_timestamp":"now"}"#, "invalid_client_timestamp"),
            ("[]", "invalid_json"), ("hello", "invalid_json"), (#"{"a":1,"a":2}"#, "invalid_json"),
            (#"{"x":"\#(text(Limits.bodyBytesMax))"}"#, "body_too_large"),
        ]
        try await check(
            ActionSample.all.flatMap { sample in cases(sample.method, sample.path, bodies) }
        )
    }
}
