import Foundation
import MartletClient
import TestKit
import Testing

/// The document of the HTTP API against the services that it documents.
@Suite(.serialized) struct OpenAPITests {
    typealias Answer = OpenAPIDocument.Answer

    /// A documented answer and the call that provokes it.
    struct Example {
        let answer: Answer
        var call: Call
        var server: String?

        init(
            _ method: String,
            _ path: String,
            _ status: Int,
            _ body: String = "",
            token: String? = nil,
            at actual: String? = nil,
            server: String? = nil
        ) {
            answer = Answer(method: method, path: path, status: status)
            call = Call(method, actual ?? path, body, token: token)
            self.server = server
        }

        /// A call whose body says that it is no JSON.
        static func plain(
            _ path: String,
            method: String = "POST",
            at actual: String? = nil,
            token: String? = nil
        ) -> Example {
            var example = Example(method, path, 415, "{}", token: token, at: actual)
            example.call.headers[0].1 = "text/plain"
            return example
        }
    }

    /// Answers that take a broken log, a full machine or a crowd; other tests provoke what can be provoked.
    private static let elsewhere: Set<Int> = [429, 500, 503]

    private static func document() throws -> OpenAPIDocument {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return try OpenAPIDocument(
            yaml: String(contentsOfFile: folder.path + "/docs/openapi.yaml", encoding: .utf8)
        )
    }

    @Test func everyDocumentedAnswerIsGivenAsDocumented() async throws {
        let document = try Self.document()
        #expect(document.version.hasPrefix("3.1"))
        let documented = document.answers.filter { !Self.elsewhere.contains($0.status) }
        let given = try await PipelineHarness.run { harness in
            let document = try Self.document()
            var given: Set<Answer> = []
            for example in try await examples(harness) {
                let answer = try await example.call.send(to: example.server ?? harness.server)
                #expect(answer.status == example.answer.status, "\(example.answer)")
                let complaints = document.complaints(
                    about: example.answer,
                    contentType: answer.contentType,
                    retryAfter: answer.retryAfter,
                    json: answer.json
                )
                #expect(complaints.isEmpty, "\(example.answer): \(complaints)")
                given.insert(example.answer)
            }
            return given.map(\.description)
        }
        for answer in documented.sorted() {
            #expect(given.contains(answer.description), "\(answer) is documented and not tested")
        }
    }

    @Test func everyExampleIsAsItsSchemaSays() throws {
        let document = try Self.document()
        #expect(document.exampleCount >= 40)
        let complaints = try document.complaintsAboutExamples()
        #expect(complaints.isEmpty, "\(complaints)")
    }

    @Test func whatIsNotDocumentedIsNotThere() async throws {
        try await PipelineHarness.run { harness in
            for path in ["/v1", "/v1/users", "/v1/messages/1/2/3", "/admin", "/v2/messages"] {
                let answer = try await Call("GET", path).send(to: harness.server)
                #expect(answer.status == 404, "\(path)")
                #expect(answer.problem == "not_found", "\(path)")
            }
            // Health and metrics are on the administrative ports alone.
            let history = try #require(try await harness.http.discover().history)
            for path in ["/healthz", "/readyz", "/metrics"] {
                for server in [harness.server, history] {
                    let answer = try await Call("GET", path).send(to: server)
                    #expect(answer.problem == "not_found", "\(server)\(path)")
                }
            }
        }
    }

    private func examples(_ harness: PipelineHarness) async throws -> [Example] {
        let ada = try await Person(harness, phone: "+15551230001")
        let bob = try await Person(harness, phone: "+15551230002")
        try await ada.connect()
        try await bob.connect()
        let posted = try await ada.post("documented", to: bob)
        let conversation = posted.conversationID
        let history = try #require(try await harness.http.discover().history)
        let token = ada.credentials.accessToken
        try await wait(for: "the store") {
            let all = try? await harness.history(of: conversation, for: ada.credentials)
            return all?.count == 1
        }
        await ada.session.stop()
        await bob.session.stop()
        let place = try await GroupPlace(harness, history, owner: ada, former: bob)
        return try await registrationExamples(harness, ada.credentials)
            + messageExamples(token, bob, harness)
            + actionExamples(token, "\(bob.account)")
            + historyExamples(token, "\(conversation)", "\(posted.messageID)", history)
            + groupExamples(token, place, "\(conversation)", "\(posted.messageID)", history)
            + personalExamples(token, "\(bob.account)", harness)
            + deviceExamples(token, harness)
            + accountExamples(token, history)
            + readingExamples(token, "\(conversation)", "\(posted.messageID)", history)
            + admissionExamples(token, place.group, place.formerToken, history)
            + administrationExamples(harness)
    }

    private func registrationExamples(
        _ harness: PipelineHarness,
        _ ada: Credentials
    ) async throws
        -> [Example]
    {
        let path = "/v1/registrations"
        return [
            Example("GET", "/", 200),
            Example("GET", "/.well-known/martlet", 200),
            Example("POST", path, 202, #"{"phone":"+15551230010","device_name":"phone"}"#),
            Example("POST", path, 422, #"{"phone":"x"}"#),
            Example("POST", path, 413, #"{"phone":"\#(Self.tooLarge)"}"#),
            .plain(path),
            Example("POST", "/v1/tokens", 200, #"{"refresh_token":"\#(ada.refreshToken)"}"#),
            Example("POST", "/v1/tokens", 401, #"{"refresh_token":"x"}"#),
            Example("POST", "/v1/tokens", 413, #"{"refresh_token":"\#(Self.tooLarge)"}"#),
            Example("POST", "/v1/tokens", 422, "{}"),
            .plain("/v1/tokens"),
            Example("GET", "/v1/connect", 200, token: ada.accessToken),
            Example("GET", "/v1/connect", 401),
        ] + (try await confirmationExamples(harness))
    }

    static let tooLarge = String(repeating: "1", count: 300_000)

    private func confirmationExamples(_ harness: PipelineHarness) async throws -> [Example] {
        let confirmation = "/v1/registrations/{id}/confirmation"
        let good = try await harness.http.register(address: "+15551230011")
        let code = try await harness.code(of: good)
        let bad = try await harness.http.register(address: "+15551230012")
        let rightCode = try await harness.code(of: bad)
        let wrongCode = rightCode == "000000" ? "000001" : "000000"
        let wrong = #"{"code":"\#(wrongCode)"}"#
        let goodPath = "/v1/registrations/\(good.id)/confirmation"
        let badPath = "/v1/registrations/\(bad.id)/confirmation"
        let noPath = "/v1/registrations/00000000000000000000000001/confirmation"
        let large = #"{"code":"\#(Self.tooLarge)"}"#
        let attempts = (1...4).map { _ in Example("POST", confirmation, 422, wrong, at: badPath) }
        return [
            Example("POST", confirmation, 201, #"{"code":"\#(code)"}"#, at: goodPath),
            Example("POST", confirmation, 404, #"{"code":"\#(code)"}"#, at: goodPath),
            Example("POST", confirmation, 404, #"{"code":"123456"}"#, at: noPath),
            Example("POST", confirmation, 422, "{}", at: badPath),
            Example("POST", confirmation, 413, large, at: badPath),
            .plain(confirmation, at: badPath),
        ] + attempts + [
            Example("POST", confirmation, 403, wrong, at: badPath),
            Example("POST", confirmation, 404, #"{"code":"\#(rightCode)"}"#, at: badPath),
        ]
    }

    private func messageExamples(
        _ token: String,
        _ bob: Person,
        _ harness: PipelineHarness
    )
        -> [Example]
    {
        let path = "/v1/messages"
        let to = #""recipient":"\#(bob.account)""#
        let published = #"{"sender":"\#(token)",\#(to),"message":"\#(harness.needle)"}"#
        let long = String(repeating: "x", count: 4097)
        return [
            Example("POST", path, 201, #"{\#(to),"message":"\#(harness.needle)"}"#, token: token),
            Example("POST", path, 201, published),
            Example("POST", path, 401, #"{\#(to),"message":"x"}"#),
            Example("POST", path, 413, #"{\#(to),"message":"\#(long)"}"#, token: token),
            Example("POST", path, 413, #"{\#(to),"message":"\#(Self.tooLarge)"}"#, token: token),
            .plain(path, token: token),
            Example("POST", path, 422, #"{\#(to)}"#, token: token),
        ]
    }

    /// A call that acts in a conversation, as it is documented, and what it needs.
    private struct Action {
        let method: String
        let path: String
        var body = ""
        var query = ""
    }

    static let group = "01kdvdna00e0f83cp3tkjzc1rs"

    private func actions(_ account: String) -> [Action] {
        let conversation = "/v1/conversations/{id}"
        let message = "/v1/messages/{id}"
        let here = #""conversation_id":"\#(Self.group)""#
        let query = "?conversation_id=\(Self.group)"
        let role = "\(conversation)/members/{account}/role"
        let request = "\(conversation)/requests/{account}"
        return [
            Action(method: "POST", path: "/v1/groups", body: #"{"name":"Swifts"}"#),
            Action(method: "POST", path: "/v1/channels", body: #"{"name":"Swifts"}"#),
            Action(method: "PATCH", path: conversation, body: #"{"name":"Swifts"}"#),
            Action(
                method: "POST",
                path: "\(conversation)/members",
                body: #"{"accounts":["\#(account)"]}"#
            ),
            Action(method: "DELETE", path: "\(conversation)/members/{account}"),
            Action(method: "PUT", path: role, body: #"{"role":"admin"}"#),
            Action(
                method: "POST",
                path: "\(conversation)/owner",
                body: #"{"account":"\#(account)"}"#
            ),
            Action(method: "POST", path: "\(conversation)/leave"),
            Action(method: "PUT", path: "\(conversation)/bans/{account}"),
            Action(method: "DELETE", path: "\(conversation)/bans/{account}"),
            Action(method: "POST", path: "\(conversation)/invites"),
            Action(method: "DELETE", path: "\(conversation)/invites/{token}"),
            Action(method: "PUT", path: request, body: #"{"approved":true}"#),
            Action(method: "POST", path: "/v1/invites/{token}/acceptance"),
            Action(method: "PUT", path: "/v1/blocks/{account}"),
            Action(method: "DELETE", path: "/v1/blocks/{account}"),
            Action(method: "PATCH", path: message, body: #"{\#(here),"message":"x"}"#),
            Action(method: "DELETE", path: message, query: query),
            Action(method: "PUT", path: "\(message)/reaction", body: #"{\#(here),"emoji":""}"#),
            Action(method: "PUT", path: "\(message)/pin", query: query),
            Action(method: "DELETE", path: "\(message)/pin", query: query),
            Action(method: "PUT", path: "\(message)/vote", body: #"{\#(here),"options":[]}"#),
            Action(
                method: "PUT",
                path: "\(message)/location",
                body: #"{\#(here),"latitude":38.7,"longitude":-9}"#
            ),
        ]
    }

    /// Each of these calls as it should be, and wrong in the ways that are the same for all.
    private func actionExamples(_ token: String, _ account: String) -> [Example] {
        let large = #"{"x":"\#(Self.tooLarge)"}"#
        return actions(account).flatMap { action -> [Example] in
            let (method, path) = (action.method, action.path)
            func actual(_ id: String, _ invite: String) -> String {
                path.replacing("{id}", with: id).replacing("{account}", with: account)
                    .replacing("{token}", with: invite) + action.query
            }
            let good = actual(Self.group, Self.group + Self.group)
            var examples: [Example] = [
                Example(method, path, 202, action.body, token: token, at: good),
                Example(method, path, 401, action.body, at: good),
                Example(method, path, 413, large, token: token, at: good),
                .plain(path, method: method, at: good, token: token),
                Example(method, path, 422, #"{"id":"x"}"#, token: token, at: good),
            ]
            if path.contains("{id}") || path.contains("{token}") {
                let bad = actual("x", "x")
                examples.append(Example(method, path, 404, action.body, token: token, at: bad))
            }
            return examples
        }
    }

    /// Health and metrics, of every process on its own port.
    private func administrationExamples(_ harness: PipelineHarness) async -> [Example] {
        var examples: [Example] = []
        for name in await harness.names {
            guard let port = await harness.adminPort(of: name) else { continue }
            for path in ["/healthz", "/readyz", "/metrics"] {
                let server = "http://127.0.0.1:\(port)"
                examples.append(Example("GET", path, 200, server: server))
            }
        }
        return examples
    }

    private func historyExamples(
        _ token: String,
        _ conversation: String,
        _ message: String,
        _ history: String
    ) -> [Example] {
        let events = "/v1/conversations/{id}/events"
        let receipts = "/v1/messages/{id}/receipts"
        let nobody = "00000000000000000000000001"
        let known = "/v1/conversations/\(conversation)/events"
        return [
            Example("GET", "/v1/conversations", 200, token: token, server: history),
            Example("GET", "/v1/conversations", 401, server: history),
            Example(
                "GET",
                "/v1/conversations",
                422,
                token: token,
                at: "/v1/conversations?limit=x",
                server: history
            ),
            Example("GET", events, 200, token: token, at: known, server: history),
            Example("GET", events, 401, at: known, server: history),
            Example(
                "GET",
                events,
                404,
                token: token,
                at: "/v1/conversations/\(nobody)/events",
                server: history
            ),
            Example(
                "GET",
                events,
                422,
                token: token,
                at: known + "?before_seq=x",
                server: history
            ),
            Example(
                "GET",
                receipts,
                200,
                token: token,
                at: "/v1/messages/\(message)/receipts",
                server: history
            ),
            Example("GET", receipts, 401, at: "/v1/messages/\(message)/receipts", server: history),
            Example(
                "GET",
                receipts,
                404,
                token: token,
                at: "/v1/messages/\(nobody)/receipts",
                server: history
            ),
        ]
    }

    /// A group with an invite, that somebody has left.
    private struct GroupPlace {
        let group: String
        let invite: String
        let formerToken: String

        init(
            _ harness: PipelineHarness,
            _ history: String,
            owner: Person,
            former: Person
        ) async throws {
            let token = owner.credentials.accessToken
            formerToken = former.credentials.accessToken
            func ask(_ path: String, _ body: String, _ token: String) async throws -> [String: Any]
            {
                let answer = try await Call("POST", path, body, token: token)
                    .send(to: harness.server)
                return try #require(answer.json as? [String: Any], "\(answer)")
            }
            let body = #"{"name":"Swifts","members":["\#(former.account)"]}"#
            let made = try await ask("/v1/groups", body, token)
            let path = "/v1/conversations/\(try #require(made["conversation_id"] as? String))"
            group = path
            let invited = try await ask("\(path)/invites", "", token)
            invite = try #require(invited["token"] as? String)
            _ = try await ask("\(path)/leave", "", formerToken)
            let members = Call("GET", "\(path)/members", token: formerToken)
            try await wait(for: "the store") {
                try await members.send(to: history).status == 403
            }
        }
    }

    private func groupExamples(
        _ token: String,
        _ place: GroupPlace,
        _ direct: String,
        _ message: String,
        _ history: String
    ) -> [Example] {
        let nobody = "00000000000000000000000001"
        let conversation = "/v1/conversations/{id}"
        func get(_ path: String, _ status: Int, _ token: String?, _ actual: String) -> Example {
            Example("GET", path, status, token: token, at: actual, server: history)
        }
        let members = "\(conversation)/members"
        let invites = "\(conversation)/invites"
        let invite = "/v1/invites/{token}"
        let receipts = "/v1/messages/{id}/receipts"
        let ofMessage = "/v1/messages/\(message)/receipts"
        let former = place.formerToken
        return [
            get(conversation, 200, token, place.group),
            get(conversation, 401, nil, place.group),
            get(conversation, 404, token, "/v1/conversations/\(nobody)"),
            get(members, 200, token, "\(place.group)/members"),
            get(members, 401, nil, "\(place.group)/members"),
            get(members, 403, former, "\(place.group)/members"),
            get(members, 404, token, "/v1/conversations/\(nobody)/members"),
            get(members, 422, token, "\(place.group)/members?limit=x"),
            get(invites, 200, token, "\(place.group)/invites"),
            get(invites, 401, nil, "\(place.group)/invites"),
            get(invites, 403, token, "/v1/conversations/\(direct)/invites"),
            get(invites, 404, token, "/v1/conversations/\(nobody)/invites"),
            get(invite, 200, former, "/v1/invites/\(place.invite)"),
            get(invite, 401, nil, "/v1/invites/\(place.invite)"),
            get(invite, 404, former, "/v1/invites/\(nobody)\(nobody)"),
            get(receipts, 403, former, ofMessage),
            get(receipts, 422, token, "\(ofMessage)?limit=x"),
        ]
    }
}
