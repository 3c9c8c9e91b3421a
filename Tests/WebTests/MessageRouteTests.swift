import EventLog
import Events
import Foundation
import TestKit
import Testing
import Web

/// `POST /v1/messages` over a socket.
@Suite struct MessageRouteTests {
    private let world = GatewayWorld()
    private let to = #""recipient":"\#(Samples.bobPhone)""#

    @Test func bothFormsPostTheSameMessage() async throws {
        try await world.serve { server in
            let token = try await world.token()
            let first = Samples.id(at: world.clock.now(), number: 1)
            let second = Samples.id(at: world.clock.now(), number: 2)
            let rest = #"\#(to),"message":"hello","client_timestamp":1767225599000"#
            let header = try await server.post(
                "/v1/messages",
                #"{"id":"\#(first)",\#(rest)}"#,
                token: token
            )
            let body = try await server.post(
                "/v1/messages",
                #"{"id":"\#(second)","sender":"\#(token)",\#(rest)}"#
            )
            for (answer, id) in [(header, first), (body, second)] {
                #expect(answer.status == 201)
                #expect(answer.header("Content-Type") == "application/json")
                #expect(answer.string("messageId") == id.description)
                #expect(answer.string("status") == "success")
                let time = (answer.object["server_timestamp"] as? NSNumber)?.int64Value
                #expect(time == world.clock.now().milliseconds)
            }
            #expect(header.string("conversation_id") == body.string("conversation_id"))
            var submissions = try world.log.submissions
            #expect(submissions.map { Array($0.submissionID) } == [first.bytes, second.bytes])
            submissions[1].submissionID = submissions[0].submissionID
            #expect(submissions[0] == submissions[1])
            #expect(submissions[0].clientTimeMs == 1_767_225_599_000)
            #expect(Array(submissions[0].sender) == Samples.ada.account.bytes)
        }
    }

    @Test func theHeaderCountsWhereThereIsOne() async throws {
        try await world.serve { server in
            let ada = try await world.token()
            let bob = try await world.token(Samples.bob)
            let both = #"{"sender":"\#(bob)",\#(to),"message":"x"}"#
            #expect(try await server.post("/v1/messages", both, token: ada).status == 201)
            #expect(Array(try world.log.submissions[0].sender) == Samples.ada.account.bytes)
            let forged = #"{"sender":"\#(ada)",\#(to),"message":"x"}"#
            let answer = try await server.post("/v1/messages", forged, token: "x.y.z")
            #expect(answer.problem == "unauthenticated")
            let nonsense = #"{"sender":7,\#(to),"message":"x"}"#
            #expect(try await server.post("/v1/messages", nonsense, token: ada).status == 201)
        }
    }

    @Test func whoDoesNotSayWhoTheyAreIsNotHeard() async throws {
        try await world.serve { server in
            let pair = try await world.tokens.issue(for: Samples.ada)
            let bodies = [
                "{\(to),\"message\":\"x\"}", "{\"sender\":null,\(to),\"message\":\"x\"}",
                "{\"sender\":\"\",\(to),\"message\":\"x\"}", "{\"sender\":7,\(to)}",
                "{\"sender\":\"\(Samples.ada.account)\",\(to),\"message\":\"x\"}",
                "{\"sender\":\"\(pair.refreshToken)\",\(to),\"message\":\"x\"}",
                "{\"sender\":\"Bearer \(pair.accessToken)\",\(to),\"message\":\"x\"}",
            ]
            for body in bodies {
                let answer = try await server.post("/v1/messages", body)
                #expect(answer.status == 401, "\(body)")
                #expect(answer.problem == "unauthenticated", "\(body)")
                #expect(answer.header("WWW-Authenticate") == "Bearer", "\(body)")
            }
            for value in ["", "Bearer", "Bearer ", "Basic \(pair.accessToken)", pair.accessToken] {
                let answer = try await server.send(
                    "POST",
                    "/v1/messages",
                    .text("{\(to),\"message\":\"x\"}"),
                    headers: [("Authorization", value)]
                )
                #expect(answer.problem == "unauthenticated", "\(value.prefix(10))")
            }
            world.clock.advance(by: TokenAuthority.accessLifetime)
            let late = try await server.post(
                "/v1/messages",
                "{\(to),\"message\":\"x\"}",
                token: pair.accessToken
            )
            #expect(late.problem == "unauthenticated")
            #expect(world.log.records(.submissions).isEmpty)
        }
    }

    @Test func theSchemeIsBearerInEitherCase() async throws {
        try await world.serve { server in
            let token = try await world.token()
            for scheme in ["Bearer", "bearer", "BEARER"] {
                let answer = try await server.send(
                    "POST",
                    "/v1/messages",
                    .text("{\(to),\"message\":\"x\"}"),
                    headers: [("Authorization", "\(scheme) \(token)")]
                )
                #expect(answer.status == 201, "\(scheme)")
            }
        }
    }

    @Test func theTextMayComeAsContent() async throws {
        try await world.serve { server in
            let token = try await world.token()
            func status(_ rest: String) async throws -> Int {
                try await server.post("/v1/messages", "{\(to),\(rest)}", token: token).status
            }
            #expect(try await status(#""content":{"type":"text","text":"as content"}"#) == 201)
            #expect(
                try await status(#""message":"first","content":{"type":"text","text":"x"}"#) == 201
            )
            #expect(
                try await status(#""message":null,"content":{"type":"text","text":"null"}"#) == 201
            )
            let texts = try world.log.submissions.map(\.postMessage.content.text.text)
            #expect(texts == ["as content", "first", "null"])
            for content in [
                "{}", "[]", "7", "\"x\"", #"{"type":"video","text":"x"}"#, #"{"type":"text"}"#,
                #"{"text":"x"}"#, #"{"type":"text","text":7}"#, #"{"type":7,"text":"x"}"#,
            ] {
                #expect(try await status("\"content\":\(content)") == 422, "\(content)")
            }
            #expect(world.log.records(.submissions).count == 3)
        }
    }

    @Test func aMemberOfTheWrongTypeIsNamedByItsCode() async throws {
        let cases = [
            (#"{"message":7,\#(to)}"#, "invalid_message"),
            (#"{"recipient":[],"message":"x"}"#, "invalid_recipient"),
            (#"{"recipient_group":{},"message":"x"}"#, "invalid_recipient"),
            (#"{\#(to),"message":"x","id":7}"#, "invalid_id"),
            (#"{\#(to),"message":"x","client_timestamp":"now"}"#, "invalid_client_timestamp"),
            (#"{\#(to),"message":"x","client_timestamp":1.5}"#, "invalid_client_timestamp"),
            (#"{\#(to),"message":"x","client_timestamp":1e3}"#, "invalid_client_timestamp"),
            (#"{\#(to),"message":"x","message":"y"}"#, "invalid_json"),
            ("[]", "invalid_json"), ("", "invalid_json"),
        ]
        try await world.serve { server in
            let token = try await world.token()
            for (body, code) in cases {
                let answer = try await server.post("/v1/messages", body, token: token)
                #expect(answer.status == 422, "\(body)")
                #expect(answer.problem == code, "\(body)")
            }
            let unknown = #"{\#(to),"message":"x","unknown":[1,{}],"content":null}"#
            #expect(try await server.post("/v1/messages", unknown, token: token).status == 201)
        }
    }

    @Test func theSameIdGetsTheSameAnswer() async throws {
        try await world.serve { server in
            let token = try await world.token()
            let id = Samples.id(at: world.clock.now())
            let body = #"{\#(to),"message":"x","id":"\#(id)"}"#
            let first = try await server.post("/v1/messages", body, token: token)
            world.clock.advance(by: .seconds(30))
            let again = try await server.post("/v1/messages", body, token: token)
            #expect(first.status == 201)
            #expect(again.body == first.body)
            #expect(world.log.records(.submissions).count == 1)
        }
    }

    // MARK: The log is away

    @Test func aLogThatIsAwayIs503WithRetryAfter() async throws {
        let world = GatewayWorld(replyTimeout: .milliseconds(60))
        let body = #"{\#(to),"message":"x"}"#
        try await world.serve { server in
            let token = try await world.token()
            func refused(_ what: String) async throws {
                let answer = try await server.post("/v1/messages", body, token: token)
                #expect(answer.status == 503, "\(what)")
                #expect(answer.problem == "log_unavailable", "\(what)")
                #expect(answer.header("Retry-After") == "1", "\(what)")
            }
            world.log.isReachable = false
            try await refused("not reachable")
            #expect(world.log.records(.submissions).isEmpty)
            world.log.isReachable = true
            world.log.mode = .failing(.queueFull)
            try await refused("full")
            world.log.mode = .failing(.fatal)
            try await refused("broken")
            world.log.mode = .held
            try await refused("silent")
            world.log.release()
            world.log.mode = .durable
            #expect(try await server.post("/v1/messages", body, token: token).status == 201)
        }
    }

    @Test func nothingOfAMessageIsLogged() async throws {
        try await world.serve { server in
            let token = try await world.token()
            let bodies = [
                #"{\#(to),"message":"needle"}"#, #"{\#(to),"message":"needle","id":"needle"}"#,
                #"{"recipient":"needle","message":"needle"}"#, #"{"needle":needle}"#,
            ]
            for body in bodies { _ = try await server.post("/v1/messages", body, token: token) }
            world.log.mode = .failing(.fatal)
            for body in bodies {
                _ = try await server.post("/v1/messages?needle=needle", body, token: token)
                _ = try await server.send("GET", "/needle/\(token)")
            }
            #expect(!world.capture.text.contains("needle"))
            #expect(!world.capture.text.contains(token))
            #expect(!world.capture.text.contains(Samples.bobPhone))
        }
    }
}
