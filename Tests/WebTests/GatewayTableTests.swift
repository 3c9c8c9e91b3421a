import Conversations
import Events
import Foundation
import HTTPTypes
import Ingest
import TestKit
import Testing
import Web
import Yams

@testable import Gateway

/// The table of the gateway's calls.
@Suite struct GatewayTableTests {
    private let world = GatewayWorld()

    /// A path with something in the places of names.
    private func path(_ route: GatewayRoute) -> String {
        let id = ActionSample.group.description
        return route.path.replacing("{id}", with: id)
            .replacing("{account}", with: ActionSample.bob.description)
            .replacing("{device}", with: Samples.ada.device.description)
            .replacing("{token}", with: ActionSample.token.description)
    }

    @Test func noCallIsThereTwice() {
        let calls = GatewayRoutes.table.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(calls).count == calls.count)
    }

    @Test func theCallsThatOthersSeeAreThoseOfTheTable() {
        #expect(GatewayCall.all.count == GatewayRoutes.table.count)
        for (call, route) in zip(GatewayCall.all, GatewayRoutes.table) {
            #expect(call.method == route.method.rawValue)
            #expect(call.path == route.path)
            #expect(call.access == route.access)
        }
    }

    @Test func aRemovedDevicesTokenGetsNowhere() async throws {
        try await world.serve { server in
            let token = try await world.token()
            // The cache knows it, and must not matter.
            _ = try await world.tokens.verify(accessToken: token)
            world.remove(Samples.ada)
            for route in GatewayRoutes.table where route.access != .anyone {
                let answer = try await server.send(
                    route.method.rawValue,
                    path(route),
                    route.method == .get ? .none : .text("{}"),
                    token: token
                )
                #expect(answer.status == 401, "\(route.method) \(route.path)")
                #expect(answer.problem == "device_removed", "\(route.method) \(route.path)")
                #expect(answer.header("WWW-Authenticate") == "Bearer")
            }
            let inBody = try await server.post(
                "/v1/messages",
                #"{"sender":"\#(token)","recipient":"\#(Samples.bobPhone)","message":"x"}"#
            )
            #expect(inBody.problem == "device_removed")
            // Another device of the account is none the worse.
            let other = Identity(account: Samples.ada.account, device: Samples.bob.device)
            let left = try await server.post(
                "/v1/messages",
                #"{"recipient":"\#(Samples.bobPhone)","message":"x"}"#,
                token: try await world.token(other)
            )
            #expect(left.status == 201)
        }
        #expect(world.log.records(.accounts).isEmpty)
        #expect(world.log.records(.submissions).count == 1)
    }

    @Test func asLongAsAccountsIsNotReadNobodyPasses() async throws {
        let world = GatewayWorld(isComplete: false)
        try await world.serve { server in
            let token = try await world.token()
            for route in GatewayRoutes.table where route.access != .anyone {
                let answer = try await server.send(
                    route.method.rawValue,
                    path(route),
                    route.method == .get ? .none : .text("{}"),
                    token: token
                )
                #expect(answer.problem == "log_unavailable", "\(route.method) \(route.path)")
                #expect(answer.header("Retry-After") == "1", "\(route.method) \(route.path)")
            }
            // Who has no good token is told so all the same.
            let stranger = try await server.send("GET", "/v1/connect", token: "x.y.z")
            #expect(stranger.problem == "unauthenticated")
            let refresh = try await world.tokens.issue(for: Samples.ada).refreshToken
            let body = #"{"refresh_token":"\#(refresh)"}"#
            #expect(try await server.post("/v1/tokens", body).problem == "log_unavailable")
            world.devices.complete()
            #expect(try await server.post("/v1/tokens", body).status == 200)
        }
    }

    @Test func whoHasNoTokenGetsNowhere() async throws {
        try await world.serve { server in
            let refresh = try await world.tokens.issue(for: Samples.ada).refreshToken
            let link = try await world.tokens.issueLink(for: Samples.ada).token
            let closed = GatewayRoutes.table.filter { $0.access != .anyone }
            #expect(closed.count >= 33)
            for route in closed {
                for token in [nil, "", "x.y.z", refresh, link] {
                    let answer = try await server.send(
                        route.method.rawValue,
                        path(route),
                        route.method == .get ? .none : .text("{}"),
                        token: token
                    )
                    #expect(answer.status == 401, "\(route.method) \(route.path)")
                    #expect(answer.problem == "unauthenticated", "\(route.method) \(route.path)")
                }
            }
            #expect(world.log.records(.submissions).isEmpty)
            #expect(world.log.records(.accounts).isEmpty)
        }
    }

    @Test func otherMethodsAreRefusedOnEveryPath() async throws {
        let all = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        try await world.serve { server in
            let token = try await world.token()
            for (_, routes) in Dictionary(grouping: GatewayRoutes.table, by: \.path) {
                let served = Set(routes.map(\.method.rawValue))
                for method in all where !served.contains(method) {
                    let answer = try await server.send(method, path(routes[0]), token: token)
                    let what: Comment = "\(method) \(routes[0].path)"
                    #expect(answer.status == 405, what)
                    #expect(answer.problem == "method_not_allowed", what)
                    let allowed = Set(
                        answer.header("Allow")?.split(separator: ", ").map(String.init) ?? []
                    )
                    #expect(allowed.subtracting(["HEAD"]) == served, what)
                }
            }
        }
    }

    @Test func aBodyThatIsNoJSONIsRefusedOnEveryCallThatTakesOne() async throws {
        try await world.serve { server in
            let token = try await world.token()
            for route in GatewayRoutes.table where route.method != .get {
                let answer = try await server.send(
                    route.method.rawValue,
                    path(route),
                    .text("{}"),
                    headers: [("Content-Type", "text/plain")],
                    token: token
                )
                #expect(answer.problem == "unsupported_media_type", "\(route.path)")
            }
        }
    }

    @Test func theDocumentHasTheCallsOfTheTableAndNoOthers() throws {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        let text = try String(contentsOfFile: folder.path + "/docs/openapi.yaml", encoding: .utf8)
        let root = try #require(try Yams.load(yaml: text) as? [String: Any])
        let paths = try #require(root["paths"] as? [String: [String: Any]])
        var documented: Set<String> = []
        // What another service answers says so by servers of its own.
        for (path, item) in paths where item["servers"] == nil {
            for (method, operation) in item {
                guard let operation = operation as? [String: Any], operation["servers"] == nil
                else { continue }
                documented.insert("\(method.uppercased()) \(path)")
                let security = operation["security"] as? [[String: Any]]
                let route = GatewayRoutes.table.first {
                    $0.path == path && $0.method.rawValue == method.uppercased()
                }
                let isClosed = security?.contains { $0["bearerToken"] != nil } ?? false
                #expect(isClosed == (route?.access != .anyone), "\(method) \(path)")
            }
        }
        #expect(
            documented
                == Set(GatewayRoutes.table.map { "\($0.method.rawValue) \($0.path)" })
        )
    }
}
