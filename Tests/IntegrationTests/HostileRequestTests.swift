import Foundation
import MartletClient
import TestKit
import Testing

/// What no good client posts, and the problem that it gets.
@Suite(.serialized) struct HostileRequestTests {
    private struct Case: Sendable {
        let name: String
        let call: Call
        let status: Int
        /// The problem's code; empty: any.
        var code = ""
    }

    private func cases(_ token: String) -> [Case] {
        func post(_ name: String, _ body: String, _ status: Int, _ code: String) -> Case {
            Case(
                name: name,
                call: Call("POST", "/v1/messages", body, token: token),
                status: status,
                code: code
            )
        }
        let recipient = #""recipient":"+15551230002""#
        let long = String(repeating: "x", count: 4097)
        let emoji = String(repeating: "\u{1F600}", count: 4097)
        let deep =
            String(repeating: #"{"a":"#, count: 3000) + "1" + String(repeating: "}", count: 3000)
        let big = String(repeating: "y", count: 1 << 20)
        let invalid =
            [UInt8](#"{\#(recipient),"message":""#.utf8) + [0xC3, 0x28] + [UInt8](#""}"#.utf8)
        var broken = post("invalid UTF-8", "", 422, "invalid_json")
        broken = Case(
            name: broken.name,
            call: {
                var call = broken.call
                call.body = invalid
                return call
            }(),
            status: 422,
            code: "invalid_json"
        )
        return [
            post("nothing", "", 422, "invalid_json"),
            post("no JSON", "hello", 422, "invalid_json"),
            post("a list", "[]", 422, "invalid_json"),
            post("no message", "{\(recipient)}", 422, "invalid_message"),
            post("no recipient", #"{"message":"x"}"#, 422, "invalid_recipient"),
            post("a number as message", "{\(recipient),\"message\":5}", 422, ""),
            post("a list as recipient", #"{"recipient":[],"message":"x"}"#, 422, ""),
            post("a blank message", "{\(recipient),\"message\":\" \\n\"}", 422, "invalid_message"),
            post(
                "4,097 characters",
                "{\(recipient),\"message\":\"\(long)\"}",
                413,
                "message_too_long"
            ),
            post("4,097 emoji", "{\(recipient),\"message\":\"\(emoji)\"}", 413, "message_too_long"),
            post(
                "an id that is none",
                "{\(recipient),\"message\":\"x\",\"id\":\"7\"}",
                422,
                "invalid_id"
            ),
            post(
                "an id from long ago",
                "{\(recipient),\"message\":\"x\",\"id\":\"00jxe5m0007m00h0000000000a\"}",
                422,
                ""
            ),
            post(
                "oneself",
                #"{"recipient":"+15551230001","message":"x"}"#,
                422,
                "invalid_recipient"
            ),
            post("nobody", #"{"recipient":"nobody","message":"x"}"#, 422, "invalid_recipient"),
            post("a megabyte", "{\(recipient),\"message\":\"\(big)\"}", 413, ""),
            post("deep nesting", "{\(recipient),\"message\":\(deep)}", 422, ""),
            broken,
        ]
    }

    private func withoutToken() -> [Case] {
        let body = #"{"recipient":"+15551230002","message":"x"}"#
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiIxIn0."
        return [
            Case(
                name: "no token",
                call: Call("POST", "/v1/messages", body),
                status: 401,
                code: "unauthenticated"
            ),
            Case(
                name: "alg none",
                call: Call("POST", "/v1/messages", body, token: none),
                status: 401,
                code: "unauthenticated"
            ),
            Case(
                name: "a forged token",
                call: Call("POST", "/v1/messages", body, token: "a.b.c"),
                status: 401,
                code: "unauthenticated"
            ),
            Case(
                name: "a token in a bad body",
                call: Call(
                    "POST",
                    "/v1/messages",
                    #"{"sender":"x.y.z","recipient":"+15551230002","message":"x"}"#
                ),
                status: 401,
                code: "unauthenticated"
            ),
            Case(
                name: "connect without a token",
                call: Call("GET", "/v1/connect"),
                status: 401,
                code: "unauthenticated"
            ),
        ]
    }

    private func withoutSense() -> [Case] {
        [
            Case(
                name: "a phone that is none",
                call: Call("POST", "/v1/registrations", #"{"phone":"12"}"#),
                status: 422
            ),
            Case(
                name: "phone and e-mail at once",
                call: Call(
                    "POST",
                    "/v1/registrations",
                    #"{"phone":"+15551230001","email":"a@example.org"}"#
                ),
                status: 422
            ),
            Case(
                name: "a registration that is none",
                call: Call(
                    "POST",
                    "/v1/registrations/00000000000000000000000001/confirmation",
                    #"{"code":"123456"}"#
                ),
                status: 404
            ),
            Case(
                name: "a refresh token that is none",
                call: Call("POST", "/v1/tokens", #"{"refresh_token":"x"}"#),
                status: 401,
                code: "unauthenticated"
            ),
            Case(
                name: "no such path",
                call: Call("GET", "/v1/nonsense"),
                status: 404,
                code: "not_found"
            ),
            Case(
                name: "no such method",
                call: Call("DELETE", "/v1/registrations"),
                status: 405
            ),
            Case(
                name: "a path that climbs",
                call: Call("GET", "/../../etc/passwd"),
                status: 404
            ),
        ]
    }

    @Test func everyHostileRequestGetsItsProblem() async throws {
        try await PipelineHarness.run { harness in
            let ada = try await harness.register(phone: "+15551230001")
            for test in cases(ada.accessToken) + withoutToken() + withoutSense() {
                let answer = try await test.call.send(to: harness.server)
                #expect(answer.status == test.status, "\(test.name): \(answer.problem ?? "-")")
                #expect(answer.problem != nil, "\(test.name): \(answer.contentType)")
                if !test.code.isEmpty { #expect(answer.problem == test.code, "\(test.name)") }
            }
            // A refresh token opens nothing but new tokens.
            let wrongKind = try await Call("GET", "/v1/connect", token: ada.refreshToken)
                .send(to: harness.server)
            #expect(wrongKind.status == 401)
            try await fiveAttempts(harness)
        }
    }

    private func fiveAttempts(_ harness: PipelineHarness) async throws {
        let registration = try await harness.http.register(address: "+15551230009")
        for _ in 0..<5 {
            let error = await #expect(throws: ClientError.self) {
                try await harness.http.confirm(registration, code: "000000x")
            }
            #expect((400..<500).contains(error?.status ?? 0))
        }
        let code = try await harness.code(of: registration)
        let error = await #expect(throws: ClientError.self) {
            try await harness.http.confirm(registration, code: code)
        }
        #expect((400..<500).contains(error?.status ?? 0))
    }
}
