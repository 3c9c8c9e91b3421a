import Events
import Ingest
import TestKit
import Testing
import Web

@testable import Gateway

/// What is wrong with calls by which an account changes something about itself.
@Suite struct PersonalRefusalTests {
    private let world = GatewayWorld()

    init() {
        world.add(Samples.ada, PersonalSample.other, Samples.bob)
    }

    private typealias Case = (method: String, path: String, body: String, code: String)

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
        #expect(world.log.records(.accounts).isEmpty)
        #expect(world.log.records(.submissions).isEmpty)
    }

    @Test func preferencesAreATimeAndATruthValue() async throws {
        let bodies = [
            "", "{}", #"{"muted_until":null,"archived":null}"#, #"{"muted":true}"#,
            #"{"muted_until":-1}"#, #"{"muted_until":253402300800000}"#,
            #"{"muted_until":1.5}"#, #"{"muted_until":"0"}"#, #"{"muted_until":true}"#,
            #"{"archived":0}"#, #"{"archived":"true"}"#, #"{"archived":[]}"#,
            // Nothing of it is done if one of the two is wrong.
            #"{"muted_until":0,"archived":1}"#, #"{"muted_until":-1,"archived":true}"#,
        ]
        try await check(
            bodies.map { ("PUT", PersonalSample.preferences, $0, "invalid_field") }
        )
    }

    @Test func privacyIsATruthValueAndAWord() async throws {
        let bodies = [
            "", "{}", #"{"read_receipts":null}"#, #"{"last_seen":"nobody"}"#,
            #"{"read_receipts":0}"#, #"{"read_receipts":"false"}"#, #"{"presence":3}"#,
            #"{"presence":""}"#, #"{"presence":"Everyone"}"#, #"{"presence":"friends"}"#,
            #"{"read_receipts":false,"presence":"friends"}"#,
            #"{"read_receipts":1,"presence":"nobody"}"#,
        ]
        try await check(bodies.map { ("PATCH", "/v1/privacy", $0, "invalid_field") })
    }

    @Test func aMessageIsNamedWithItsConversation() async throws {
        let message = PersonalSample.message
        let bodies = [
            "", "{}", #"{"conversation_id":null}"#, #"{"conversation_id":7}"#,
            #"{"conversation_id":"x"}"#, #"{"conversation_id":""}"#,
        ]
        let queries = ["?", "?conversation_id=", "?conversation_id=x", "?conversation=x"]
        var cases: [Case] = bodies.map { ("PUT", PersonalSample.star, $0, "invalid_field") }
        // In the query it is not looked for, nor in the body of a deletion.
        cases.append(
            ("PUT", PersonalSample.star + ActionSample.ofConversation, "{}", "invalid_field")
        )
        for query in queries {
            for path in [PersonalSample.star + query, message + query + "&for=me"] {
                cases.append(("DELETE", path, "", "invalid_parameter"))
                cases.append(
                    ("DELETE", path, "{\(ActionSample.inConversation)}", "invalid_parameter")
                )
            }
        }
        try await check(cases)
    }

    @Test func aContactIsAnotherAccount() async throws {
        let nobody = [
            "x", "5551230002", "%2B", "%zz", "a%40b", "%00", "\(ActionSample.bob)0",
            String(repeating: "1", count: 400), "\(Samples.ada.account)", "%2B15551230001",
        ]
        try await check(
            ["PUT", "DELETE"].flatMap { method in
                nobody.map { (method, "/v1/contacts/\($0)", "", "invalid_account") }
            }
        )
    }

    @Test func idsInThePathThatAreNoneAreNotFound() async throws {
        var cases: [Case] = []
        for id in ["x", "\(ActionSample.group)0", "%20", "uuuuuuuuuuuuuuuuuuuuuuuuuu", "%00"] {
            let query = ActionSample.ofConversation
            let body = "{\(ActionSample.inConversation)}"
            cases += [
                ("PUT", "/v1/conversations/\(id)/preferences", #"{"archived":true}"#, "not_found"),
                ("PUT", "/v1/messages/\(id)/star", body, "not_found"),
                ("DELETE", "/v1/messages/\(id)/star\(query)", "", "not_found"),
                ("DELETE", "/v1/messages/\(id)\(query)&for=me", "", "not_found"),
                ("DELETE", "/v1/devices/\(id)", "", "not_found"),
            ]
        }
        try await check(cases)
    }

    @Test func anothersDeviceIsNotFound() async throws {
        try await check([
            ("DELETE", "/v1/devices/\(Samples.bob.device)", "", "not_found"),
            ("DELETE", "/v1/devices/\(DeviceID(high: 1, low: 1))", "", "not_found"),
        ])
        #expect(!world.devices.isRemoved(Samples.bob))
        #expect(world.devices.devices(of: Samples.bob.account) == [Samples.bob.device])
    }

    @Test func bodiesThatAreNoneAreRefusedOnEveryCall() async throws {
        let large = #"{"x":"\#(String(repeating: "x", count: Limits.bodyBytesMax))"}"#
        let bodies = [
            ("[]", "invalid_json"), ("hello", "invalid_json"), (#"{"a":1,"a":2}"#, "invalid_json"),
            (large, "body_too_large"),
        ]
        let calls =
            PersonalSample.all.map { ($0.method, $0.path) } + [("POST", "/v1/devices/links")]
        try await check(
            calls.flatMap { method, path in bodies.map { (method, path, $0.0, $0.1) } }
        )
    }
}
