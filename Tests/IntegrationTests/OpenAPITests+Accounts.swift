import MartletClient
import TestKit
import Testing

/// What an account keeps and changes for itself, and its devices.
extension OpenAPITests {
    /// A call, as it should be and wrong in the ways that are the same for all of its kind.
    private func examples(
        _ method: String,
        _ path: String,
        _ body: String,
        token: String?,
        at good: String,
        status: Int = 202
    ) -> [Example] {
        let large = #"{"x":"\#(Self.tooLarge)"}"#
        return [
            Example(method, path, status, body, token: token, at: good),
            Example(method, path, 413, large, token: token, at: good),
            .plain(path, method: method, at: good, token: token),
            Example(method, path, 422, "[]", token: token, at: good),
        ]
    }

    func personalExamples(
        _ token: String,
        _ account: String,
        _ harness: PipelineHarness
    ) async throws -> [Example] {
        let here = #"{"conversation_id":"\#(Self.group)"}"#
        let query = "?conversation_id=\(Self.group)"
        let device = try await linked(by: token, harness)
        let calls = [
            ("PUT", "/v1/conversations/{id}/preferences", #"{"archived":true}"#, Self.group, ""),
            ("PUT", "/v1/messages/{id}/star", here, Self.group, ""),
            ("DELETE", "/v1/messages/{id}/star", "", Self.group, query),
            ("PATCH", "/v1/privacy", #"{"read_receipts":true}"#, "", ""),
            ("PUT", "/v1/contacts/{account}", "", account, ""),
            ("DELETE", "/v1/contacts/{account}", "", account, ""),
            ("DELETE", "/v1/devices/{device}", "", device, ""),
        ]
        return calls.flatMap { method, path, body, name, query -> [Example] in
            func actual(_ name: String) -> String {
                path.replacing(/\{[a-z]+\}/, with: name) + query
            }
            var all = examples(method, path, body, token: token, at: actual(name))
            all.append(Example(method, path, 401, body, at: actual(name)))
            // An account is named in many ways: what is none is wrong, not missing.
            if path.contains("{"), !path.contains("{account}") {
                all.append(Example(method, path, 404, body, token: token, at: actual("x")))
            }
            return all
        }
    }

    /// Linking, with room for a device and without.
    func deviceExamples(_ token: String, _ harness: PipelineHarness) async throws -> [Example] {
        let links = "/v1/devices/links"
        let acceptance = "/v1/devices/links/acceptance"
        let link = try await self.link(by: token, harness)
        let full = try await harness.register(phone: "+15551230013").accessToken
        let spare = try await self.link(by: full, harness)
        for _ in 2...8 { _ = try await linked(by: full, harness) }
        let accept = #"{"link_token":"\#(link)","device_name":"tablet"}"#
        return examples("POST", links, "", token: token, at: links, status: 201) + [
            Example("POST", links, 401),
            Example("POST", links, 409, token: full),
        ] + examples("POST", acceptance, accept, token: nil, at: acceptance, status: 201) + [
            Example("POST", acceptance, 404, #"{"link_token":"x"}"#),
            Example("POST", acceptance, 409, #"{"link_token":"\#(spare)"}"#),
        ]
    }

    private func link(by token: String, _ harness: PipelineHarness) async throws -> String {
        let answer = try await Call("POST", "/v1/devices/links", token: token)
            .send(to: harness.server)
        let json = answer.json as? [String: Any]
        return try #require(json?["link_token"] as? String, "\(answer)")
    }

    /// A further device of the same account.
    private func linked(by token: String, _ harness: PipelineHarness) async throws -> String {
        let link = try await link(by: token, harness)
        let body = #"{"link_token":"\#(link)"}"#
        let answer = try await Call("POST", "/v1/devices/links/acceptance", body)
            .send(to: harness.server)
        let json = answer.json as? [String: Any]
        return try #require(json?["device_id"] as? String, "\(answer)")
    }

    /// What history says of the account itself.
    func accountExamples(_ token: String, _ history: String) -> [Example] {
        let paged = ["/v1/starred", "/v1/contacts"]
        return (paged + ["/v1/privacy", "/v1/devices"]).flatMap { path in
            [
                Example("GET", path, 200, token: token, server: history),
                Example("GET", path, 401, server: history),
            ]
        }
            + paged.map { path in
                Example("GET", path, 422, token: token, at: path + "?limit=x", server: history)
            }
    }

    /// Who waits to be let in, and who may not come in.
    func admissionExamples(
        _ token: String,
        _ group: String,
        _ former: String,
        _ history: String
    ) -> [Example] {
        ["requests", "bans"].flatMap { list -> [Example] in
            let path = "/v1/conversations/{id}/\(list)"
            func get(_ status: Int, _ token: String?, _ actual: String) -> Example {
                Example("GET", path, status, token: token, at: actual, server: history)
            }
            return [
                get(200, token, "\(group)/\(list)"),
                get(401, nil, "\(group)/\(list)"),
                get(403, former, "\(group)/\(list)"),
                get(404, token, "/v1/conversations/00000000000000000000000001/\(list)"),
                get(422, token, "\(group)/\(list)?limit=x"),
            ]
        }
    }
}
